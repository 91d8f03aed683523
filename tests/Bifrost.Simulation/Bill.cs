namespace Bifrost.Simulation;

/// <summary>What the upstream charges for one call: the truth that the ledger is compared with.</summary>
internal sealed class Bill
{
    public required Guid AttemptId { get; init; }
    public required Guid LeaseId { get; init; }
    public required long HoldNanos { get; init; }
    public required Silo Silo { get; init; }

    /// <summary>Known when the call has ended.</summary>
    public long CostNanos { get; set; }

    /// <summary>True while its silo runs it.</summary>
    public bool Running { get; set; } = true;

    /// <summary>True when another silo was told of its end, and its own silo left it.</summary>
    public bool Strayed { get; set; }

    /// <summary>True when its silo left it to others before it stopped.</summary>
    public bool Moved { get; set; }

    /// <summary>True when its silo died before the entry was durable.</summary>
    public bool Lost { get; set; }
}
