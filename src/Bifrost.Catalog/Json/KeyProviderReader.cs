using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>Reads <c>provider_configs</c> of a virtual key: the whole set, one entry a provider. An entry of a provider that the key has changes it.</summary>
internal static class KeyProviderReader
{
    private const int ConfigsMax = 64;
    private const decimal WeightMost = 1_000_000;

    public static ImmutableArray<KeyProvider> Read(Section key, VirtualKey before, bool aligned, GovernanceScope scope)
    {
        var configs = ImmutableArray.CreateBuilder<KeyProvider>();
        foreach (var section in key.Objects("provider_configs", ConfigsMax))
        {
            var name = section.RequiredText("provider");
            var provider = name.Length > 0 ? scope.ProviderOf(section, "provider", name) : null;

            // Names ignore case; the one that is kept is the provider's own.
            name = provider?.Name ?? name;
            if (configs.Any(other => other.Provider == name)) section.Error("provider", $"is \"{name}\", which this key has already; one entry a provider");
            var id = section.IsBody ? null : section.Id("id");
            var had = before.Providers.FirstOrDefault(config => string.Equals(config.Provider, name, StringComparison.OrdinalIgnoreCase))
                ?? new KeyProvider { Id = id ?? $"{before.Id}/{name}", Provider = name };
            configs.Add(ReadOne(section, had, provider, new("provider_config_id", id, $"virtual_key:{before.Id}:{name}"), aligned, scope.Limits));
        }

        return configs.DrainToImmutable();
    }

    private static KeyProvider ReadOne(
        Section section, KeyProvider before, Provider? provider, LimitReference reference, bool aligned, ILimitSource source)
    {
        var config = before with
        {
            Weight = section.IsNamed("weight") ? section.Number("weight", 0, WeightMost) : before.Weight,
            AllowedModels = NameListReader.Read(section, "allowed_models") ?? before.AllowedModels,
            BlacklistedModels = NameListReader.Read(section, "blacklisted_models", emptyMayMeanAll: false) ?? before.BlacklistedModels,
            KeyIds = KeyIds(section, before.KeyIds, provider),
        };
        var limits = source.Read(section, reference, new OwnedLimits(aligned, before.Budgets, before.RateLimit));
        section.Silent("virtual_key_id", "keys", "config_hash");
        if (section.IsBody) section.Silent("id", "calendar_aligned");
        section.End();
        return config with { Budgets = limits.Budgets, RateLimit = limits.RateLimit };
    }

    /// <summary>Provider keys by id or name; unknown ones are reported, since a key that matches none can never be used.</summary>
    private static NameList KeyIds(Section section, NameList before, Provider? provider)
    {
        var all = section.Flag("allow_all_keys") == true;

        // Bifrost's own files call them allowed_keys.
        var member = !section.IsBody && section.Has("allowed_keys") ? "allowed_keys" : "key_ids";
        if (!section.IsBody) section.Silent("key_ids", "allowed_keys");
        var ids = NameListReader.Read(section, member) ?? (all ? NameList.All : before);
        if (all && !ids.IsAll && section.IsBody) section.Error("key_ids", "stands here beside allow_all_keys; keep one");
        if (all || ids.IsAll || provider is null || !section.Has(member)) return all ? NameList.All : ids;
        var found = new List<string>();
        foreach (var id in ids.Names)
        {
            if ((provider.Keys.FirstOrDefault(one => one.Id == id) ?? provider.Keys.FirstOrDefault(one => one.Name == id)) is { } key) found.Add(key.Id);
            else
                section.Error(member, $"has \"{id}\", which is no key of {provider.Name}; there are: {string.Join(", ", provider.Keys.Select(one => one.Id))}");
        }

        return new NameList(found);
    }
}
