namespace Bifrost.Ledger.Leases;

/// <summary>The book's numbers at one moment.</summary>
public readonly record struct LeaseBookStats
{
    /// <summary>The holder id in use; empty before the first registration.</summary>
    public required Guid HolderId { get; init; }

    public required bool MayAdmit { get; init; }

    /// <summary>Whether the store answered the last heartbeat.</summary>
    public bool StoreReached { get; init; }

    /// <summary>How long the store took for the last heartbeat that it answered; null before the first.</summary>
    public TimeSpan? StoreLatency { get; init; }

    /// <summary>
    /// The store's clock less this process's at the last heartbeat that was answered, exact to half of <see cref="StoreLatency"/>; null before the first.
    /// </summary>
    public TimeSpan? ClockSkew { get; init; }

    /// <summary>Chains that have credit, waiters or a memory.</summary>
    public required int Chains { get; init; }

    /// <summary>Leases whose Close is not acknowledged.</summary>
    public required int Leases { get; init; }

    /// <summary>Attempts admitted and not ended.</summary>
    public required int Holds { get; init; }

    public required int Waiters { get; init; }

    /// <summary>Entries that are not durable yet.</summary>
    public required int UnpostedEntries { get; init; }

    public required long Batches { get; init; }
    public required long BatchFailures { get; init; }

    /// <summary>How long the batch that is out waits for its answer, its repetitions included; where none is out, how long the last one did.</summary>
    public TimeSpan BatchLag { get; init; }

    /// <summary>How many times this process had to take a new holder id.</summary>
    public required int HoldersLost { get; init; }
}
