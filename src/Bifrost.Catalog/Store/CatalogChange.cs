using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Store;

/// <summary>One transaction on the catalog.</summary>
public sealed record CatalogChange
{
    public ImmutableArray<CatalogObject> Upserts { get; init; } = [];

    /// <summary>Deleted objects keep a row that says so; their budgets are retired, their counters stay for the entries that point to them.</summary>
    public ImmutableArray<CatalogKey> Deletes { get; init; } = [];

    public ImmutableArray<AuditEntry> Audit { get; init; } = [];

    /// <summary>
    /// The version that the change was decided on. When the catalog has moved on since, nothing is done and the answer is
    /// <see cref="CatalogCommit.Stale"/>: what was decided on old objects must not undo somebody else's change. Null: in any case.
    /// </summary>
    public long? BaseVersion { get; init; }
}

/// <summary>One object as it is to be stored.</summary>
public sealed record CatalogObject
{
    public required CatalogKey Key { get; init; }

    /// <summary>UTF-8 JSON without the budgets; secrets only as hashes. The store does not look into it.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>False: no credit is granted to it. Only virtual keys are asked.</summary>
    public bool Active { get; init; } = true;

    /// <summary>
    /// All budgets of the object; those it had and that are not named are retired. Default (not empty): the budgets stay as they are.
    /// </summary>
    public ImmutableArray<BudgetSpec> Budgets { get; init; }
}

/// <summary>A budget as configured. It is matched by level, owner and period, never by id.</summary>
public sealed record BudgetSpec
{
    /// <summary>The id it gets when it is new and the id is free; null or taken: the store makes one.</summary>
    public string? Id { get; init; }

    public required BudgetLevel Level { get; init; }

    /// <summary>Id of the owner: the object's own, or that of a virtual key's provider config.</summary>
    public required string OwnerId { get; init; }

    public required WindowPeriod Period { get; init; }

    /// <summary>Nano-dollars that may be spent in one window; not negative.</summary>
    public required long LimitNanos { get; init; }
}

/// <summary>An object of the configuration file.</summary>
/// <param name="Hash">Hash of its text in the file; only compared.</param>
public sealed record CatalogSeed(CatalogObject Object, ImmutableArray<byte> Hash);

/// <summary>What a transaction came to.</summary>
/// <param name="Version">The catalog's version after it.</param>
/// <param name="Changed">The objects that were written or deleted.</param>
public sealed record CatalogCommit(long Version, ImmutableArray<CatalogKey> Changed)
{
    /// <summary>True when nothing was done because of <see cref="CatalogChange.BaseVersion"/>.</summary>
    public bool Stale { get; init; }
}
