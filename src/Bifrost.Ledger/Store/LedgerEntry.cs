using Bifrost.Chat.Usage;

namespace Bifrost.Ledger.Store;

/// <summary>
/// One line of the ledger: append only, the truth, and the request log that admin pages read. The attempt id is its primary key, so
/// posting it again changes nothing.
/// </summary>
public sealed record LedgerEntry
{
    public required Guid AttemptId { get; init; }

    /// <summary>The lease that paid; null when no budget binds the call.</summary>
    public Guid? LeaseId { get; init; }

    public required LedgerEntryKind Kind { get; init; }
    public required string VirtualKeyId { get; init; }

    /// <summary>The key's team when the call was held.</summary>
    public string? TeamId { get; init; }

    /// <summary>The key's customer, or its team's, when the call was held.</summary>
    public string? CustomerId { get; init; }

    public required string Provider { get; init; }
    public required string Model { get; init; }
    public required string RequestId { get; init; }
    public string? JobId { get; init; }

    /// <summary>Nano-dollars; negative only in an adjustment.</summary>
    public required long CostNanos { get; init; }

    /// <summary>What the call held on its lease; read where its silo has left the lease or is dead, and not kept.</summary>
    public long HoldNanos { get; init; }

    /// <summary>What the provider said that it cost, in nano-dollars, booked or not; null where it did not say.</summary>
    public long? ReportedNanos { get; init; }

    public TokenUsage Usage { get; init; }

    /// <summary>True when the provider reported no usage and the tokens were estimated.</summary>
    public bool Estimated { get; init; }

    /// <summary>True when the model has no price and the cost is booked as 0 because it is unknown.</summary>
    public bool Unpriced { get; init; }

    /// <summary>HTTP status of the upstream's answer; 0 when there was none.</summary>
    public int Status { get; init; }

    public long LatencyMs { get; init; }

    /// <summary>Why an adjustment was made; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>The store's clock when it was booked; set by the store, ignored on the way in.</summary>
    public DateTimeOffset At { get; init; }
}

public enum LedgerEntryKind
{
    /// <summary>The call told what it used, or used nothing.</summary>
    Settle,

    /// <summary>The call was sent and its end is unknown: booked by estimate.</summary>
    Unknown,

    /// <summary>An operator's correction.</summary>
    Adjust,
}
