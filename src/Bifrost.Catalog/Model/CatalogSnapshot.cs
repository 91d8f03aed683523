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

    /// <summary>By <c>provider/model</c>, case ignored.</summary>
    public FrozenDictionary<string, ModelPrice> Prices { get; init; } = FrozenDictionary<string, ModelPrice>.Empty;

    /// <summary>Tokens that open admin routes, by id.</summary>
    public FrozenDictionary<string, AdminToken> AdminTokens { get; init; } = FrozenDictionary<string, AdminToken>.Empty;

    /// <summary>Webhook endpoints that admins made, by name.</summary>
    public FrozenDictionary<string, Webhook> Webhooks { get; init; } = FrozenDictionary<string, Webhook>.Empty;

    /// <summary>Models that charged more than their bound, by <c>provider/model</c>.</summary>
    public FrozenDictionary<string, BrokenBound> BrokenBounds { get; init; } = FrozenDictionary<string, BrokenBound>.Empty;

    public GovernanceSettings Settings { get; init; } = GovernanceSettings.Default;

    /// <summary>
    /// The price of a provider's model; null when it has none. The model's own row goes first; then, for a dated snapshot, the row without
    /// the date where that row says so; for <c>ft:BASE:…</c> a row <c>ft:BASE</c>, or the factor that the row of BASE declares; then the row
    /// <c>provider/*</c>. A family of names is no match. Where the price changes with time it is the first row of several.
    /// </summary>
    public ModelPrice? PriceOf(string provider, string model) => Find(provider, model, out _, out _);

    /// <summary>
    /// <c>provider/NAME</c> of what prices a model: the name of its row, or <c>ft:NAME</c> where the factor of NAME does. Callers choose among
    /// many names that one row prices; what is learned of its price is kept by this one. A model without a price has its own name.
    /// </summary>
    public string PricedAs(string provider, string model)
    {
        Find(provider, model, out var name, out var byFactor);
        return byFactor ? $"{provider}/ft:{name}" : $"{provider}/{name}";
    }

    private ModelPrice? Find(string provider, string model, out ReadOnlySpan<char> name, out bool byFactor)
    {
        byFactor = false;
        if (OwnOrUndated(provider, model, out name) is { } price) return price;
        if (ModelNames.FineTuned(model) is { IsEmpty: false } tuned)
        {
            if (OwnOrUndated(provider, tuned, out name) is { } row) return row;
            if (OwnOrUndated(provider, ModelNames.BaseOf(tuned), out name)?.FineTuned() is { } scaled)
            {
                byFactor = true;
                return scaled;
            }
        }

        name = "*";
        if (RowOf(provider, name) is { } any) return any;
        name = model;
        return null;
    }

    /// <summary>The price that is in force at a moment; null when there is none then.</summary>
    public ModelPrice? PriceOf(string provider, string model, DateTimeOffset now) => PriceOf(provider, model)?.At(now);

    /// <summary>Names of the configured providers none of whose models has a price, in order.</summary>
    public ImmutableArray<string> ProvidersWithoutPrices()
    {
        var priced = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Prices.Keys) priced.Add(name[..Math.Max(0, name.IndexOf('/', StringComparison.Ordinal))]);
        return [.. Providers.Keys.Where(name => !priced.Contains(name)).Order(StringComparer.Ordinal)];
    }

    private ModelPrice? OwnOrUndated(string provider, ReadOnlySpan<char> model, out ReadOnlySpan<char> name)
    {
        name = model;
        if (RowOf(provider, model) is { } price) return price;
        name = ModelNames.Undated(model);
        return !name.IsEmpty && RowOf(provider, name) is { Snapshots: true } row ? row : null;
    }

    private ModelPrice? RowOf(string provider, ReadOnlySpan<char> model)
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
