using Bifrost.Catalog.Model;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Store;

/// <summary>Objects and budgets as of one version.</summary>
public sealed record CatalogRows
{
    public required long Version { get; init; }
    public ImmutableArray<CatalogRow> Objects { get; init; } = [];
    public ImmutableArray<BudgetRow> Budgets { get; init; } = [];
}

/// <summary>One stored object.</summary>
public sealed record CatalogRow
{
    public required CatalogKey Key { get; init; }

    /// <summary>UTF-8 JSON; empty when <see cref="Deleted"/>.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    public required bool Active { get; init; }
    public required bool Deleted { get; init; }

    /// <summary>The catalog version of its last change.</summary>
    public required long Version { get; init; }
}

/// <summary>One budget as configured.</summary>
public sealed record BudgetRow
{
    public required string Id { get; init; }

    /// <summary>The object that carries it; kind and id are empty for a budget that was defined without one.</summary>
    public required CatalogKey Object { get; init; }

    public required BudgetLevel Level { get; init; }

    /// <summary>See <see cref="BudgetSpec.OwnerId"/>.</summary>
    public required string OwnerId { get; init; }

    public required WindowPeriod Period { get; init; }
    public required long LimitNanos { get; init; }

    /// <summary>True when it no longer binds anyone; its counters stay.</summary>
    public required bool Retired { get; init; }

    /// <summary>The catalog version of its last change of configuration.</summary>
    public required long Version { get; init; }
}

/// <summary>A budget with its counters, in nano-dollars, of the window that began at <paramref name="WindowStart"/>.</summary>
public sealed record BudgetCounters(
    BudgetRow Budget, DateTimeOffset WindowStart, long PostedNanos, long LeasedNanos, long DoubtNanos);
