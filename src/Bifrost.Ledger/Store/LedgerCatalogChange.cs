using Bifrost.Ledger.Windows;

namespace Bifrost.Ledger.Store;

/// <summary>What the ledger must know of a configuration change. Objects that are not named stay as they are.</summary>
public sealed record LedgerCatalogChange
{
    /// <summary>Budgets to insert or to change. A retired one that comes back is no longer retired and keeps its counters.</summary>
    public ImmutableArray<BudgetDefinition> Budgets { get; init; } = [];

    /// <summary>Budgets that bind nobody any more; never deleted, only retired.</summary>
    public ImmutableArray<string> RetiredBudgetIds { get; init; } = [];

    /// <summary>Virtual keys that may, or may no longer, be granted credit.</summary>
    public ImmutableArray<KeyState> Keys { get; init; } = [];
}

/// <summary>One budget row without its counters.</summary>
public sealed record BudgetDefinition
{
    public required string Id { get; init; }
    public required BudgetLevel Level { get; init; }

    /// <summary>Id of the customer, team, key, key's provider config, or global limit.</summary>
    public required string OwnerId { get; init; }

    /// <summary>A budget's period never changes: a new period is a new budget.</summary>
    public required WindowPeriod Period { get; init; }

    public required long LimitNanos { get; init; }
}

/// <summary>Whether the store grants credit to a virtual key.</summary>
public readonly record struct KeyState(string VirtualKeyId, bool Active);

/// <summary>Whose budget it is.</summary>
public enum BudgetLevel
{
    Customer,
    Team,
    VirtualKey,
    KeyProvider,
    Provider,
    Model,
}
