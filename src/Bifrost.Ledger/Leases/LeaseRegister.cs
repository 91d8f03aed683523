using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Every lease id that this process made, until the store refused it or acknowledged its end: granted credit is never forgotten. A lease
/// is spent only while it is <see cref="LeasePhase.Open"/>, and only then it stands in its chain's list. Guarded by the book's lock.
/// </summary>
internal sealed class LeaseRegister(GiveBackQueue giveBacks)
{
    private readonly Dictionary<Guid, Lease> _leases = [];

    // Those of phase Left, which are not among the others.
    private readonly Queue<Lease> _left = [];

    public int Count => _leases.Count;

    public Lease this[Guid leaseId] => _leases[leaseId];

    /// <summary>Adds a lease whose Acquire is about to be sent: the one of its chain on its way.</summary>
    public void Add(Lease lease)
    {
        _leases.Add(lease.Id, lease);
        lease.Chain.Asked = lease;
    }

    /// <summary>The lease is granted and may be spent.</summary>
    public void Open(Lease lease, LeaseGranted granted, TimeSpan spendUntil, TimeSpan now)
    {
        lease.Open(granted, spendUntil, now);
        lease.Chain.Open.Add(lease);
    }

    /// <summary>The store refused the lease: there is nothing to give back.</summary>
    public void Remove(Lease lease) => _leases.Remove(lease.Id);

    /// <summary>The lease is not open in the store: it is only closed.</summary>
    public void EndUnopened(Lease lease)
    {
        lease.End();
        giveBacks.Add(lease);
    }

    /// <summary>Spent no more; what no attempt holds goes back.</summary>
    public void End(Lease lease)
    {
        if (lease.Phase != LeasePhase.Open) return;
        lease.End();
        lease.Chain.Open.Remove(lease);
        giveBacks.Add(lease);
    }

    public void EndAll(ChainCredit chain)
    {
        while (chain.Open.Count > 0) End(chain.Open[^1]);
    }

    /// <summary>Spent no more; what it still holds goes in doubt.</summary>
    public void Lose(Lease lease)
    {
        lease.Lose();
        End(lease);
        giveBacks.Add(lease);
    }

    /// <summary>Keeps nothing in hand that no call holds.</summary>
    public void GiveIdleBack(Lease lease)
    {
        if (lease.Holds == 0) End(lease);
        else if (lease.LeftNanos > 0) giveBacks.Add(lease);
    }

    /// <summary>No call waits for the lease any more, and whether it was granted is unknown: a Close replaces its Acquire.</summary>
    public GiveBack GiveUp(Lease lease)
    {
        lease.Chain.Asked = null;
        lease.Close();
        return GiveBack.Close(lease.Id);
    }

    /// <summary>The store has taken these: forgets the leases that end with them.</summary>
    public void Acknowledge(ImmutableArray<GiveBack> taken)
    {
        foreach (var giveBack in taken)
        {
            if (!_leases.TryGetValue(giveBack.LeaseId, out var lease) || !EndsWith(giveBack, lease)) continue;
            _leases.Remove(lease.Id);
            if (giveBack.Kind != GiveBackKind.Leave) continue;
            lease.Leave();
            _left.Enqueue(lease);
        }
    }

    /// <summary>Leases that were left so long ago that their calls must have ended: the store closed them, or they go in doubt.</summary>
    public void ForgetLeft(TimeSpan now)
    {
        while (_left.TryPeek(out var lease) && now >= lease.LeftUntil)
        {
            _left.Dequeue();
            lease.Lose();
            giveBacks.Add(lease);
        }
    }

    private static bool EndsWith(GiveBack giveBack, Lease lease) =>
        lease.Phase == LeasePhase.Closing
        && (giveBack.Kind is GiveBackKind.Close or GiveBackKind.Leave || (giveBack.Kind == GiveBackKind.Trim && lease.Lost));
}
