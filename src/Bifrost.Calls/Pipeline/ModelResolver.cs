using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// Turns a request's <c>model</c> and <c>fallbacks</c> into targets (contract section 3): <c>provider/model</c> is taken by its word, a
/// bare model goes to the key's weighted providers, else to the route's default. A target appears once and there are at most
/// <paramref name="targetsMax"/>. Whether the key may use a target is decided at its admission, not here.
/// </summary>
/// <param name="random">Draws among weighted providers; must be safe for several threads.</param>
/// <param name="targetsMax">Most targets of one request.</param>
public sealed class ModelResolver(Random random, int targetsMax)
{
    /// <summary>The targets in the order of their trying, or the 400 that says what is wrong.</summary>
    /// <param name="catalog">What is configured.</param>
    /// <param name="key">The caller's virtual key; null for callers that need none.</param>
    /// <param name="model">The request's <c>model</c>.</param>
    /// <param name="fallbacks">The request's <c>fallbacks</c> as <c>provider/model</c>.</param>
    /// <param name="defaultProvider">Where a bare model goes that no weighted provider serves; null: nowhere.</param>
    /// <param name="targets">At least one when the answer is true.</param>
    /// <param name="error">Set when the answer is false.</param>
    public bool TryResolve(
        CatalogSnapshot catalog,
        VirtualKey? key,
        string model,
        ImmutableArray<string> fallbacks,
        string? defaultProvider,
        out ImmutableArray<Target> targets,
        out GatewayError? error)
    {
        var found = ImmutableArray.CreateBuilder<Target>(1 + fallbacks.Length);
        error = null;
        if (TrySplit(catalog, model, out var named)) found.Add(named);
        else if (!TryWeighted(catalog, key, model, withRest: fallbacks.IsEmpty, found))
            error = AddDefault(catalog, key, model, defaultProvider, found);
        if (error is null) error = AddFallbacks(catalog, fallbacks, found);
        targets = error is null ? found.DrainToImmutable() : [];
        return error is null;
    }

    /// <summary>Splits <c>provider/model</c> at the first slash when what stands before it is a configured provider.</summary>
    public static bool TrySplit(CatalogSnapshot catalog, string model, out Target target)
    {
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && slash < model.Length - 1
            && catalog.Providers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(model.AsSpan(0, slash), out var provider))
        {
            target = new Target(provider, model[(slash + 1)..]);
            return true;
        }

        target = default;
        return false;
    }

    private bool TryWeighted(
        CatalogSnapshot catalog,
        VirtualKey? key,
        string model,
        bool withRest,
        ImmutableArray<Target>.Builder found)
    {
        if (key is null) return false;
        var candidates = new List<(Target Target, decimal Weight)>(key.Providers.Length);
        decimal sum = 0;
        foreach (var config in key.Providers)
        {
            if (config.Weight is not { } weight || !KeyAccess.Allows(config, model)) continue;
            if (!catalog.Providers.TryGetValue(config.Provider, out var provider) || !KeyAccess.Serves(provider, null, model)) continue;
            // A drained one, or one that is not spoken to, is only the last resort, which then says why.
            var share = provider.Drained || !provider.IsSupported ? 0 : Math.Max(0, weight);
            candidates.Add((new Target(provider, model), share));
            sum += share;
        }

        if (candidates.Count == 0) return false;
        var first = Draw(candidates, sum);
        found.Add(candidates[first].Target);
        if (!withRest) return true;
        candidates.RemoveAt(first);
        candidates.Sort(static (a, b) => b.Weight.CompareTo(a.Weight));
        foreach (var (target, _) in candidates)
            if (found.Count < targetsMax) AddOnce(target, found);
        return true;
    }

    private int Draw(List<(Target Target, decimal Weight)> candidates, decimal sum)
    {
        var point = (decimal)random.NextDouble() * sum;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (point < candidates[i].Weight) return i;
            point -= candidates[i].Weight;
        }

        return 0;
    }

    private static GatewayError? AddDefault(
        CatalogSnapshot catalog,
        VirtualKey? key,
        string model,
        string? defaultProvider,
        ImmutableArray<Target>.Builder found)
    {
        if (defaultProvider is not null && catalog.Providers.TryGetValue(defaultProvider, out var provider))
        {
            found.Add(new Target(provider, model));
            return null;
        }

        var names = string.Join(", ", KeyAccess.ProviderNames(catalog, key));
        return GatewayErrors.BadField(
            "model",
            $"'{model}' names no provider. Write provider/model with one of these providers: {(names.Length == 0 ? "(none)" : names)}.");
    }

    private GatewayError? AddFallbacks(CatalogSnapshot catalog, ImmutableArray<string> fallbacks, ImmutableArray<Target>.Builder found)
    {
        foreach (var fallback in fallbacks)
        {
            if (!TrySplit(catalog, fallback, out var target))
                return GatewayErrors.BadField("fallbacks", $"'{fallback}' is not provider/model of a configured provider.");
            if (!AddOnce(target, found)) continue;
            if (found.Count > targetsMax)
                return GatewayErrors.BadField("fallbacks", $"A request may have {targetsMax} targets, its model included.");
        }

        return null;
    }

    private static bool AddOnce(Target target, ImmutableArray<Target>.Builder found)
    {
        foreach (var known in found)
            if (known.Provider.Name == target.Provider.Name && known.Model == target.Model) return false;
        found.Add(target);
        return true;
    }
}
