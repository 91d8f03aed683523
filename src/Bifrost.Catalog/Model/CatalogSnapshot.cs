using System.Collections.Frozen;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Model;

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

    /// <summary>Tokens that open admin routes, by id.</summary>
    public FrozenDictionary<string, AdminToken> AdminTokens { get; init; } = FrozenDictionary<string, AdminToken>.Empty;

    /// <summary>Webhook endpoints that admins made, by name.</summary>
    public FrozenDictionary<string, Webhook> Webhooks { get; init; } = FrozenDictionary<string, Webhook>.Empty;

    /// <summary>Models that charged more than their bound, by <c>provider/model</c>.</summary>
    public FrozenDictionary<string, BrokenBound> BrokenBounds { get; init; } = FrozenDictionary<string, BrokenBound>.Empty;

    public GovernanceSettings Settings { get; init; } = GovernanceSettings.Default;

    /// <summary>The price of a provider's model; null when it has none.</summary>
    public ModelPrice? PriceOf(string provider, string model)
    {
        // No string is made: this is asked for every try.
        const int charsOnStack = 256;
        var length = provider.Length + 1 + model.Length;
        Span<char> name = length <= charsOnStack ? stackalloc char[charsOnStack] : new char[length];
        provider.CopyTo(name);
        name[provider.Length] = '/';
        model.CopyTo(name[(provider.Length + 1)..]);
        return Prices.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..length], out var price) ? price : null;
    }
}
