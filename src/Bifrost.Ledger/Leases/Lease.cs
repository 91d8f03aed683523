namespace Bifrost.Ledger.Leases;

/// <summary>A credit lease as the silo counts it. All fields are guarded by the book's lock.</summary>
internal sealed class Lease(Guid id, Guid holderId, ChainCredit chain)
{
    public Guid Id { get; } = id;
    public Guid HolderId { get; } = holderId;
    public ChainCredit Chain { get; } = chain;

    public LeasePhase Phase { get; set; }

    /// <summary>Credit in all; only ever shrinks. What the store has granted is never less.</summary>
    public long GrantedNanos { get; set; }

    /// <summary>Sum of the costs of ended attempts, durable or not.</summary>
    public long SettledNanos { get; set; }

    /// <summary>Sum of the holds of running attempts, lost ones included.</summary>
    public long HeldNanos { get; set; }

    /// <summary>Attempts behind <see cref="HeldNanos"/> that may still end.</summary>
    public int Holds { get; set; }

    /// <summary>Entries that are not durable yet.</summary>
    public int Unposted { get; set; }

    /// <summary>True when a hold outlived the longest call.</summary>
    public bool Lost { get; set; }

    /// <summary>True when the store has yet to be told of <see cref="Lost"/>.</summary>
    public bool DoubtDue { get; set; }

    /// <summary>True while it stands in the queue of give-backs.</summary>
    public bool Queued { get; set; }

    /// <summary>End of spending on the book's monotonic clock.</summary>
    public TimeSpan SpendUntil { get; set; }

    /// <summary>When it was last granted, held or settled, on the same clock.</summary>
    public TimeSpan UsedAt { get; set; }

    /// <summary>The waiter that the Acquire was made for; null when it was asked for ahead of need.</summary>
    public Attempt? AskedFor { get; set; }

    public long LeftNanos => GrantedNanos - SettledNanos - HeldNanos;

    public bool CanPay(long needNanos, TimeSpan now) => now < SpendUntil && LeftNanos >= needNanos;
}

internal enum LeasePhase
{
    /// <summary>The Acquire has no answer yet.</summary>
    Asked,

    /// <summary>May be spent.</summary>
    Open,

    /// <summary>Spent no more; waits for its holds to end and its entries to be durable.</summary>
    Ending,

    /// <summary>Its last give-back is on its way; forgotten when that is acknowledged.</summary>
    Closing,
}
