using Bifrost.Catalog.Model;

namespace Bifrost.Gateway.Models;

/// <summary>
/// The models that a key may use, as far as the configuration names them: those that provider keys or the key's own permissions list,
/// and those that have a price. Where both sides say "*", only priced models can be listed; others may still be called. A model whose calls
/// would be refused for want of a price is not listed.
/// </summary>
internal static class ModelDirectory
{
    /// <summary>Sorted by provider and model; <paramref name="key"/> null: a caller without a virtual key.</summary>
    public static SortedSet<string> List(CatalogSnapshot catalog, VirtualKey? key, DateTimeOffset now)
    {
        var ids = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var provider in catalog.Providers.Values)
        {
            foreach (var model in Named(provider, key))
                if (MayUse(catalog, provider, key, model, now)) ids.Add($"{provider.Name}/{model}");
        }

        foreach (var (id, price) in catalog.Prices)
        {
            // The built-in sheet says what models cost, not which of them this gateway's operator offers.
            if (price.Source is not null) continue;
            var slash = id.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && catalog.Providers.TryGetValue(id[..slash], out var provider) && MayUse(catalog, provider, key, id[(slash + 1)..], now))
                ids.Add(id);
        }

        return ids;
    }

    private static IEnumerable<string> Named(Provider provider, VirtualKey? key)
    {
        foreach (var credential in provider.Keys)
            foreach (var model in credential.Models.Names) yield return model;
        if (KeyAccess.ConfigOf(key, provider.Name) is not { } config) yield break;
        foreach (var model in config.AllowedModels.Names) yield return model;
    }

    private static bool MayUse(CatalogSnapshot catalog, Provider provider, VirtualKey? key, string model, DateTimeOffset now) =>
        model != "*" && provider.IsSupported
        && KeyAccess.Of(catalog, key, provider.Name, model, now) == ModelAccess.Allowed
        && KeyAccess.Serves(provider, KeyAccess.ConfigOf(key, provider.Name), model);
}
