using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Ends what is over, on all chains: by time, by the catalog, with the holder, with the process. A lease is spent no more once its term
/// has passed, its chain no longer fits the catalog, its holder is lost or the silo stops; a hold older than the longest call leaves doubt.
/// Guarded by the book's lock.
/// </summary>
internal sealed class LeaseEnds(
    LedgerOptions options, HolderGate gate, ChainIndex chains, LeaseRegister leases, AttemptIndex attempts, CreditWaiters waiters,
    AcquireQueue acquires, GiveBackQueue giveBacks, Func<Guid> newId)
{
    /// <summary>Ends leases past their time, waits past theirs, holds that outlived the longest call.</summary>
    public void Tick(TimeSpan now)
    {
        foreach (var chain in chains.All)
        {
            for (var i = chain.Open.Count - 1; i >= 0; i--)
                if (chain.Open[i].IsOver(now, options.IdleMax)) leases.End(chain.Open[i]);
            waiters.RefuseOverdue(chain, now);
            if (chain.IsIdle(now, options.WantSpan)) chains.Remove(chain);
        }

        while (attempts.OldestHeld is { } oldest && now - oldest.Since >= options.LongestCall + options.Drain) LoseHold(oldest, now);
        leases.ForgetLeft(now);
    }

    /// <summary>The attempt, if it is held here, ends on another silo: its lease is spent no more, and is left to the entries of such attempts.</summary>
    public void Leave(Guid attemptId, TimeSpan now)
    {
        if (attempts.Find(attemptId) is not { Phase: AttemptPhase.Held } attempt) return;
        attempts.EndHold(attempt);
        attempts.Leave(attempt);
        if (attempt.Lease is not { } lease) return;
        lease.LeaveHold(new LeftHold(attemptId, attempt.Nanos), now + options.LongestCall + options.Drain, now);
        leases.End(lease);
        giveBacks.Add(lease);
    }

    /// <summary>The catalog has moved on and this silo with it.</summary>
    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits)
    {
        if (gate.HasTaken && version <= gate.TakenVersion) return;
        gate.Take(version);
        foreach (var chain in chains.All)
        {
            chain.ForgetAnswers();
            waiters.AnswerAll(chain, HoldReply.OutOfDate);
            if (stillFits(chain.Chain)) continue;
            chain.Dropped = true;
            leases.EndAll(chain);
            chains.Remove(chain);
        }
    }

    /// <summary>The store holds this process's holder for dead: a new id, and nothing more from the old one's leases.</summary>
    public void LoseHolder()
    {
        gate.Lose(newId());
        foreach (var chain in chains.All) leases.EndAll(chain);
    }

    /// <summary>No call is admitted any more; everything that can be given back is.</summary>
    public void Stop()
    {
        gate.Stop();
        foreach (var chain in chains.All)
        {
            waiters.AnswerAll(chain, HoldReply.No(Refusals.Stopping));
            leases.EndAll(chain);
        }

        acquires.Clear();
    }

    private void LoseHold(Attempt attempt, TimeSpan now)
    {
        attempts.EndHold(attempt);
        attempts.Remove(attempt);
        if (attempt.Lease is not { } lease) return;
        lease.LoseHold(attempt.Nanos, now);
        leases.Lose(lease);
    }
}
