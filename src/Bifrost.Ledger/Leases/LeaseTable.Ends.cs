namespace Bifrost.Ledger.Leases;

internal sealed partial class LeaseTable
{
    /// <summary>True when all is told: no call runs, no entry waits, no lease is left.</summary>
    public bool IsDrained => _attempts.Count == 0 && _leases.Count == 0;

    /// <summary>The end: entries that are not durable fail.</summary>
    public void Abandon()
    {
        foreach (var attempt in _attempts.Values) attempt.Chunk?.Abandon();
    }

    /// <summary>Ends what is over: leases past their time, waits past theirs, holds that outlived the longest call.</summary>
    public void Tick(TimeSpan now)
    {
        foreach (var chain in _chains.Values)
        {
            for (var i = chain.Open.Count - 1; i >= 0; i--)
                if (IsOver(chain.Open[i], now)) End(chain.Open[i]);
            while (chain.Waiters.First is { } head && now - head.Since >= options.HoldWaitMax)
                Answer(head, HoldReply.No(Refusals.Unavailable));
            if (chain.IsIdle(now, options.WantSpan)) Forget(chain);
        }

        while (_holds.First is { } oldest && now - oldest.Since >= options.LongestCall + options.Drain) LoseHold(oldest);
    }

    /// <summary>The catalog has moved on and this silo with it.</summary>
    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits)
    {
        if (gate.HasTaken && version <= gate.TakenVersion) return;
        gate.Take(version);
        foreach (var chain in _chains.Values)
        {
            chain.RefusedUntil = TimeSpan.Zero;
            chain.AheadFrom = TimeSpan.Zero;
            AnswerAll(chain, HoldReply.OutOfDate);
            if (stillFits(chain.Chain)) continue;
            chain.Dropped = true;
            EndAll(chain);
            Forget(chain);
        }
    }

    /// <summary>The store holds this process's holder for dead: a new id, and nothing more from the old one's leases.</summary>
    public void LoseHolder()
    {
        gate.Lose(newId());
        foreach (var chain in _chains.Values) EndAll(chain);
    }

    /// <summary>Nobody is admitted any more; everything that can be given back is.</summary>
    public void Stop()
    {
        _stopping = true;
        gate.Stop();
        foreach (var chain in _chains.Values)
        {
            AnswerAll(chain, HoldReply.No(Refusals.Stopping));
            EndAll(chain);
        }

        foreach (var chain in _asks) chain.AskQueued = chain.AskUrgent = false;
        _asks.Clear();
        _urgent = 0;
    }

    public LeaseBookStats Stats(TimeSpan now) => new()
    {
        HolderId = gate.Registered ? gate.HolderId : Guid.Empty,
        MayAdmit = gate.MayAdmit(now),
        Chains = _chains.Count,
        Leases = _leases.Count,
        Holds = _holds.Count,
        Waiters = _waiting,
        UnpostedEntries = _unposted,
        HoldersLost = gate.Lost,
        Batches = 0,
        BatchFailures = 0,
    };

    private void EndAll(ChainCredit chain)
    {
        while (chain.Open.Count > 0) End(chain.Open[^1]);
    }

    /// <summary>Spent no more; what nobody holds goes back.</summary>
    private void End(Lease lease)
    {
        if (lease.Phase != LeasePhase.Open) return;
        lease.Phase = LeasePhase.Ending;
        lease.Chain.Open.Remove(lease);
        QueueGiveBack(lease);
    }

    private bool IsOver(Lease lease, TimeSpan now) =>
        now >= lease.SpendUntil || (lease.Holds == 0 && now - lease.UsedAt >= options.IdleMax);

    /// <summary>Keeps nothing in hand that no call holds.</summary>
    private void GiveIdleBack(Lease lease)
    {
        if (lease.Holds == 0) End(lease);
        else if (lease.LeftNanos > 0) QueueGiveBack(lease);
    }

    private void LoseHold(Attempt attempt)
    {
        _holds.Remove(attempt);
        _attempts.Remove(attempt.Id);
        if (attempt.Lease is not { } lease) return;
        lease.Holds--;
        Lose(lease);
    }

    private void Lose(Lease lease)
    {
        lease.Lost = true;
        lease.DoubtDue = true;
        End(lease);
        QueueGiveBack(lease);
    }
}
