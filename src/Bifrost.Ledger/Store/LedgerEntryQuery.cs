namespace Bifrost.Ledger.Store;

/// <summary>Which entries are wanted. What is null does not filter.</summary>
public sealed record LedgerEntryQuery
{
    /// <summary>Entries of one answer.</summary>
    public const int CountLimit = 1_000;

    public Guid? AttemptId { get; init; }
    public string? VirtualKeyId { get; init; }
    public string? TeamId { get; init; }
    public string? CustomerId { get; init; }
    public string? Provider { get; init; }
    public string? Model { get; init; }
    public string? RequestId { get; init; }
    public string? JobId { get; init; }
    public LedgerEntryKind? Kind { get; init; }

    /// <summary>HTTP status of the upstream's answer.</summary>
    public int? Status { get; init; }

    /// <summary>Booked at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Booked before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The last attempt id of the page before; null for the first page.</summary>
    public Guid? Before { get; init; }

    /// <summary>1 to <see cref="CountLimit"/>; values outside are brought inside.</summary>
    public int CountMax { get; init; } = 100;
}
