using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Leases of which the store should be told something, each at most once. What is told is decided when the batch is made and is an
/// absolute value, never less than the lease may still owe: a repeated or late give-back gives no held credit back. Guarded by the book's
/// lock.
/// </summary>
internal sealed class GiveBackQueue
{
    private readonly Queue<Lease> _leases = new();

    public bool IsEmpty => _leases.Count == 0;

    public void Add(Lease lease)
    {
        if (lease.Queued) return;
        lease.Queued = true;
        _leases.Enqueue(lease);
    }

    /// <summary>Adds the chain's leases that have credit which no call holds; false when there is none.</summary>
    public bool AddUnheld(ChainCredit chain)
    {
        var found = false;
        foreach (var lease in chain.Open)
        {
            if (lease.LeftNanos <= 0) continue;
            Add(lease);
            found = true;
        }

        return found;
    }

    /// <summary>The give-backs of the next batch; each lease that stands in the queue now is looked at once.</summary>
    public ImmutableArray<GiveBack> Take(int max)
    {
        if (_leases.Count == 0) return [];
        var taken = ImmutableArray.CreateBuilder<GiveBack>();
        for (var left = _leases.Count; left > 0 && taken.Count < max; left--)
        {
            var lease = _leases.Dequeue();
            lease.Queued = false;
            if (Decide(lease) is { } giveBack) taken.Add(giveBack);
        }

        return taken.ToImmutable();
    }

    /// <summary>What the store should be told of the lease now; null when there is nothing new.</summary>
    private GiveBack? Decide(Lease lease)
    {
        if (lease.Phase is LeasePhase.Closing or LeasePhase.Asked) return null;
        if (lease.DoubtDue)
        {
            lease.DoubtTold();
            Add(lease);
            return GiveBack.Doubt(lease.Id);
        }

        if (lease.Phase == LeasePhase.Left) return null;

        if (lease.Phase == LeasePhase.Ending && lease.IsQuiet)
        {
            lease.Close();
            if (!lease.Left.IsEmpty) return GiveBack.Leave(lease.Id, lease.HeldNanos - lease.Left.Sum(hold => hold.Nanos), lease.Left);

            // What a lost hold may still cost stays in doubt; only the rest is given back.
            return lease.Lost ? GiveBack.Trim(lease.Id, lease.KeepNanos) : GiveBack.Close(lease.Id);
        }

        if (lease.LeftNanos <= 0) return null;
        lease.Trim();
        return GiveBack.Trim(lease.Id, lease.KeepNanos);
    }
}
