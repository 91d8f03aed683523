namespace Bifrost.Catalog.Model;

/// <summary>What a virtual key may use: <c>[]</c> denies all, <c>["*"]</c> allows all, the blacklist wins (contract section 3).</summary>
public static class KeyAccess
{
    /// <summary>Whether a provider config allows the model.</summary>
    public static bool Allows(KeyProvider config, string model) =>
        !config.BlacklistedModels.Contains(model) && config.AllowedModels.Contains(model);

    /// <summary>The key's config of a provider; null when it has none.</summary>
    public static KeyProvider? ConfigOf(VirtualKey key, string provider)
    {
        foreach (var config in key.Providers)
            if (config.Provider == provider) return config;
        return null;
    }

    /// <summary>Whether the key may use the provider at all; <paramref name="key"/> null: a caller without a virtual key, who may.</summary>
    public static bool AllowsProvider(VirtualKey? key, string provider) =>
        key is null || key.AllowAllProviders || ConfigOf(key, provider) is not null;

    /// <summary>Whether the key may use the model of the provider. A config binds even where all providers are allowed.</summary>
    public static bool Allows(VirtualKey? key, string provider, string model)
    {
        if (key is null) return true;
        return ConfigOf(key, provider) is { } config ? Allows(config, model) : key.AllowAllProviders;
    }

    /// <summary>Names of the configured providers that the key may use, sorted.</summary>
    public static ImmutableArray<string> ProviderNames(CatalogSnapshot catalog, VirtualKey? key)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var name in catalog.Providers.Keys)
            if (AllowsProvider(key, name)) names.Add(name);
        names.Sort(StringComparer.Ordinal);
        return names.DrainToImmutable();
    }
}
