using Bifrost.Ledger.Windows;

namespace Bifrost.Ledger.Store;

/// <summary>One budget's counters in its current window, in nano-dollars.</summary>
public sealed record BudgetNumbers
{
    public required string BudgetId { get; init; }
    public required WindowPeriod Period { get; init; }
    public required long LimitNanos { get; init; }

    /// <summary>Booked by entries.</summary>
    public required long PostedNanos { get; init; }

    /// <summary>Covered by open leases.</summary>
    public required long LeasedNanos { get; init; }

    /// <summary>Covered by leases of holders that died, and of calls that never told.</summary>
    public required long DoubtNanos { get; init; }

    public required DateTimeOffset WindowStart { get; init; }

    /// <summary>When the window ends, by the store's clock.</summary>
    public required DateTimeOffset ResetsAt { get; init; }

    /// <summary>What an Acquire can be granted now; may be negative.</summary>
    public long FreeNanos => LimitNanos - PostedNanos - LeasedNanos - DoubtNanos;

    /// <summary>What could be granted if every running call cost nothing; may be negative.</summary>
    public long LeftNanos => LimitNanos - PostedNanos - DoubtNanos;
}
