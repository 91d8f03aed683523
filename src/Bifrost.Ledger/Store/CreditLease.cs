namespace Bifrost.Ledger.Store;

/// <summary>One credit lease as it stands in the store. Amounts are nano-dollars.</summary>
public sealed record CreditLease
{
    public required Guid Id { get; init; }

    /// <summary>The process that took it; null for a tombstone.</summary>
    public required Guid? HolderId { get; init; }

    public required string VirtualKeyId { get; init; }

    /// <summary>The budgets it was taken from, each with the start of its window then.</summary>
    public required ImmutableArray<LeaseBudget> Chain { get; init; }

    public required long GrantedNanos { get; init; }
    public required long SettledNanos { get; init; }
    public required DateTimeOffset SpendUntil { get; init; }
    public required LeaseState State { get; init; }
    public required DateTimeOffset? DoubtAt { get; init; }

    /// <summary>What it still keeps from others.</summary>
    public long UnsettledNanos => State == LeaseState.Closed ? 0 : Math.Max(0, GrantedNanos - SettledNanos);
}

/// <summary>One budget of a lease's chain.</summary>
public readonly record struct LeaseBudget(string BudgetId, DateTimeOffset WindowStart);
