using Bifrost.Ledger.Money;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Every attempt that the book knows, by id: it waits for credit, holds it, or has ended with an entry that is not durable. Admission stops
/// at <see cref="LedgerOptions.UnpostedMax"/> attempts that are held or unposted, so each admitted call finds a slot for its entry; an
/// attempt that ended before it was held stays known for a while. Guarded by the book's lock.
/// </summary>
internal sealed class AttemptIndex(LedgerOptions options, InvariantWatch invariants)
{
    private readonly Dictionary<Guid, Attempt> _byId = [];
    private readonly AttemptList _holds = new();
    private readonly Tombstones _ended = new(options.TombstonesMax);

    /// <summary>Attempts that wait for credit.</summary>
    public int Waiting { get; private set; }

    /// <summary>Attempts admitted and not ended.</summary>
    public int Held => _holds.Count;

    /// <summary>The attempt that was admitted first of those not ended.</summary>
    public Attempt? OldestHeld => _holds.First;

    public bool IsEmpty => _byId.Count == 0;

    public bool IsFull => _byId.Count - Waiting >= options.UnpostedMax;

    public Attempt? Find(Guid attemptId) => _byId.GetValueOrDefault(attemptId);

    /// <summary>True when the attempt ended before it was held.</summary>
    public bool HasEnded(Guid attemptId) => _ended.Contains(attemptId);

    /// <summary>Admits an attempt that is not in the index; without a lease it holds nothing.</summary>
    public HoldReply Admit(Attempt attempt, Lease? lease, TimeSpan now)
    {
        _byId.Add(attempt.Id, attempt);
        attempt.Phase = AttemptPhase.Held;
        attempt.Lease = lease;
        attempt.Since = now;
        _holds.Add(attempt);
        if (lease is null) return new HoldReply(Guid.Empty, 0, null);
        lease.Hold(attempt.Nanos, now);
        invariants.AtMost(Invariant.HoldWithinLease, lease.KeepNanos, lease.GrantedNanos);
        lease.Chain.Meter.Add(now, options.WantSpan, attempt.Nanos, 1);
        return new HoldReply(lease.Id, attempt.Nanos, null);
    }

    public void AddWaiting(Attempt attempt)
    {
        _byId.Add(attempt.Id, attempt);
        Waiting++;
    }

    public void RemoveWaiting(Attempt attempt)
    {
        Waiting--;
        _byId.Remove(attempt.Id);
        attempt.Phase = AttemptPhase.Gone;
    }

    /// <summary>An attempt that ends without a hold here: the store counts it, and a late Hold of it must not be admitted.</summary>
    public Attempt AddEnded(Guid attemptId)
    {
        _ended.Add(attemptId);
        var attempt = new Attempt(attemptId);
        _byId.Add(attemptId, attempt);
        return attempt;
    }

    /// <summary>The attempt holds nothing more; it stays known until its entry is durable.</summary>
    public void EndHold(Attempt attempt) => _holds.Remove(attempt);

    public void Remove(Attempt attempt) => _byId.Remove(attempt.Id);

    /// <summary>The attempt ends on another silo: nothing more of it is known here but that no Hold of it may be admitted.</summary>
    public void Leave(Attempt attempt)
    {
        Remove(attempt);
        _ended.Add(attempt.Id);
    }

    /// <summary>The end: entries that are not durable fail.</summary>
    public void Abandon()
    {
        foreach (var attempt in _byId.Values) attempt.Chunk?.Abandon();
    }
}
