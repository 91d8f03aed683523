using System.Collections.Frozen;

namespace Bifrost.Core.Catalog;

/// <summary>Everything that is configured, as of one version.</summary>
public sealed record CatalogSnapshot
{
    public static readonly CatalogSnapshot Empty = new();

    /// <summary>Grows with every change; two snapshots of one version are the same.</summary>
    public long Version { get; init; }

    public FrozenDictionary<string, Provider> Providers { get; init; } = FrozenDictionary<string, Provider>.Empty;

    /// <summary>By virtual key id.</summary>
    public FrozenDictionary<string, VirtualKey> VirtualKeys { get; init; } = FrozenDictionary<string, VirtualKey>.Empty;

    public FrozenDictionary<string, Team> Teams { get; init; } = FrozenDictionary<string, Team>.Empty;

    public FrozenDictionary<string, Customer> Customers { get; init; } = FrozenDictionary<string, Customer>.Empty;

    /// <summary>Limits of a provider or model whoever calls; provider or model "*" means any.</summary>
    public ImmutableArray<GlobalLimit> GlobalLimits { get; init; } = [];

    /// <summary>By <c>provider/model</c>.</summary>
    public FrozenDictionary<string, ModelPrice> Prices { get; init; } = FrozenDictionary<string, ModelPrice>.Empty;
}
