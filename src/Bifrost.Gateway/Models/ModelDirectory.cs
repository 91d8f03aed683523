using Bifrost.Catalog.Model;

namespace Bifrost.Gateway.Models;


/// <summary>
/// The models that a key may use, as far as the configuration names them: those that provider keys or the key's own permissions list,
/// and those that have a price. Where both sides say "*", only priced models can be listed; others may still be called.
/// </summary>
internal static class ModelDirectory
{
    /// <summary>Sorted by provider and model; <paramref name="key"/> null: a caller without a virtual key.</summary>
    public static SortedSet<string> List(CatalogSnapshot catalog, VirtualKey? key)
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var provider in catalog.Providers.Values)
        {
            foreach (var model in Named(provider, key))
                if (MayUse(provider, key, model)) ids.Add($"{provider.Name}/{model}");
        }

        foreach (var (id, price) in catalog.Prices)
        {
            // The built-in sheet says what models cost, not which of them this gateway's operator offers.
            if (price.Source is not null) continue;
            var slash = id.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && catalog.Providers.TryGetValue(id[..slash], out var provider) && MayUse(provider, key, id[(slash + 1)..])) ids.Add(id);
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

    private static bool MayUse(Provider provider, VirtualKey? key, string model) =>
        model != "*"
        && KeyAccess.Allows(key, provider.Name, model)
        && KeyAccess.Serves(provider, KeyAccess.ConfigOf(key, provider.Name), model);
}
