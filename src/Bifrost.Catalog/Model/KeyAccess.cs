using Bifrost.Ledger.Store;

namespace Bifrost.Catalog.Model;

/// <summary>What a virtual key may do with a model of a provider.</summary>
public enum ModelAccess
{
    Allowed,

    /// <summary>The provider is not configured, or not open to the key.</summary>
    ProviderBlocked,

    ModelBlocked,

    /// <summary>The model has no price now, and the settings refuse models without one, or do so for calls that a budget binds.</summary>
    Unpriced,
}

/// <summary>
/// The one rule of what a virtual key may use: <c>[]</c> denies all, <c>["*"]</c> allows all, the blacklist wins (contract section 3).
/// </summary>
public static class KeyAccess
{
    /// <summary>
    /// Whether the key may use the model at a moment; <paramref name="key"/> null: a caller without a virtual key. Of a model that is not
    /// priced always, the answer may be another one at another moment.
    /// </summary>
    public static ModelAccess Of(CatalogSnapshot catalog, VirtualKey? key, string provider, string model, DateTimeOffset now)
    {
        if (!catalog.Providers.ContainsKey(provider) || !AllowsProvider(key, provider)) return ModelAccess.ProviderBlocked;
        if (!Allows(key, provider, model)) return ModelAccess.ModelBlocked;
        if (catalog.Settings.Unpriced == UnpricedRule.Allow || catalog.PriceOf(provider, model, now) is not null) return ModelAccess.Allowed;
        return catalog.Settings.Unpriced == UnpricedRule.Refuse || IsUnderBudget(catalog, key, provider, model) ? ModelAccess.Unpriced : ModelAccess.Allowed;
    }

    /// <summary>Whether any budget binds the key's calls of the model.</summary>
    public static bool IsUnderBudget(CatalogSnapshot catalog, VirtualKey? key, string provider, string model)
    {
        foreach (var _ in BudgetsOf(catalog, key, provider, model)) return true;
        return false;
    }

    /// <summary>Every budget that binds the key's calls of the model: those of its owners, its own, and the global ones, in this order.</summary>
    public static IEnumerable<BindingBudget> BudgetsOf(CatalogSnapshot catalog, VirtualKey? key, string provider, string model)
    {
        if (key is not null)
        {
            var team = key.TeamId is { } teamId ? catalog.Teams.GetValueOrDefault(teamId) : null;
            var customer = (key.CustomerId ?? team?.CustomerId) is { } customerId ? catalog.Customers.GetValueOrDefault(customerId) : null;
            foreach (var budget in customer?.Budgets ?? []) yield return new(budget, BudgetLevel.Customer, customer!.Name);
            foreach (var budget in team?.Budgets ?? []) yield return new(budget, BudgetLevel.Team, team!.Name);
            foreach (var budget in key.Budgets) yield return new(budget, BudgetLevel.VirtualKey, key.Name);
            foreach (var budget in ConfigOf(key, provider)?.Budgets ?? []) yield return new(budget, BudgetLevel.KeyProvider, $"{key.Name} at {provider}");
        }

        foreach (var limit in catalog.GlobalLimits)
        {
            if (!limit.Binds(provider, model)) continue;
            var (level, owner) = limit.Model == "*" ? (BudgetLevel.Provider, limit.Provider) : (BudgetLevel.Model, limit.Model);
            foreach (var budget in limit.Budgets) yield return new(budget, level, owner);
        }
    }

    /// <summary>Whether a provider config allows the model.</summary>
    public static bool Allows(KeyProvider config, string model) =>
        !config.BlacklistedModels.Contains(model) && config.AllowedModels.Contains(model);

    /// <summary>The key's config of a provider; null when it has none.</summary>
    public static KeyProvider? ConfigOf(VirtualKey? key, string provider)
    {
        if (key is null) return null;
        foreach (var config in key.Providers)
            if (string.Equals(config.Provider, provider, StringComparison.OrdinalIgnoreCase)) return config;
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

    /// <summary>Whether the provider has a credential for the model that a virtual key's config leaves open.</summary>
    /// <param name="provider">A keyless one needs no credential.</param>
    /// <param name="config">The virtual key's config of the provider; null: every credential is open.</param>
    /// <param name="model">The provider's name of the model.</param>
    public static bool Serves(Provider provider, KeyProvider? config, string model)
    {
        if (provider.Keyless) return true;
        foreach (var credential in provider.Keys)
            if (Serves(credential, config, model)) return true;
        return false;
    }

    /// <summary>Whether the credential may be used for the model, and the config leaves it open.</summary>
    public static bool Serves(ProviderKey credential, KeyProvider? config, string model) =>
        Serves(credential, model) && (config is null || config.KeyIds.Contains(credential.Id));

    /// <summary>Whether the credential may be used for the model.</summary>
    public static bool Serves(ProviderKey credential, string model) =>
        credential.Enabled && credential.Models.Contains(model) && !credential.BlacklistedModels.Contains(model);

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
