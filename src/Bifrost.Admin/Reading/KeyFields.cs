using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Admin.Reading;

/// <summary>Reads a virtual key's fields over what it is now. What the body does not name stays.</summary>
internal static class KeyFields
{
    private const int ConfigsMax = 64;

    public static VirtualKey Read(Fields fields, VirtualKey key, CatalogSnapshot catalog, DateTimeOffset now, Func<Guid> newId)
    {
        if (fields.HasValue("value")) fields.Wrong("value", "cannot be set; the gateway makes secrets, see POST …/rotate");
        var aligned = fields.Flag("calendar_aligned") ?? key.CalendarAligned;
        if (aligned != key.CalendarAligned)
            key = key with { CalendarAligned = aligned, Budgets = BudgetFields.Align(key.Budgets, aligned) };
        key = key with
        {
            Name = fields.Has("name") ? fields.RequiredText("name") ?? key.Name : key.Name,
            Description = fields.Has("description") ? fields.Text("description", 4_096) ?? "" : key.Description,
            IsActive = fields.Flag("is_active") ?? key.IsActive,
            AllowAllProviders = fields.Flag("allow_all_providers") ?? key.AllowAllProviders,
            CallsInFlightMax = fields.Has("max_concurrent_requests") ? (int)(fields.Whole("max_concurrent_requests", 0, 1_000_000) ?? 0) : key.CallsInFlightMax,
            ExpiresAt = Expiry(fields, key.ExpiresAt, now),
            Budgets = BudgetFields.Read(fields, aligned, key.Budgets, newId),
            RateLimit = RateLimitFields.Read(fields, aligned, key.RateLimit),
            Providers = Providers(fields, key, aligned, catalog, newId),
        };
        key = Owner(fields, key, catalog);
        fields.Ignore("id", "value", "created_at", "updated_at", "config_hash", "created_by_user_id", "rate_limit_id", "team", "customer", "calls_in_flight",
            "mcp_configs", "disable_content_logging", "delete_after_expire", "access_profile_id");
        fields.End();
        if (catalog.VirtualKeys.Values.Any(other => other.Name == key.Name && other.Id != key.Id))
            fields.Wrong("name", $"is '{key.Name}', which another virtual key has; names are unique");
        return key;
    }

    private static DateTimeOffset? Expiry(Fields fields, DateTimeOffset? there, DateTimeOffset now)
    {
        if (!fields.Has("expires_at")) return there;
        if (fields.Text("expires_at", 64) is not { Length: > 0 } text) return null;
        if (!Times.TryParse(text, out var at))
            fields.Wrong("expires_at", $"is '{text}'; a time such as \"2027-01-31T00:00:00Z\" stands here, or \"\" for none");
        else if (at <= now) fields.Wrong("expires_at", $"is {Times.Format(at)}, which is past; write a later time, or set is_active to false");
        return at;
    }

    /// <summary>A key belongs to a team or to a customer: naming one moves it there.</summary>
    private static VirtualKey Owner(Fields fields, VirtualKey key, CatalogSnapshot catalog)
    {
        var team = Id(fields, "team_id");
        var customer = Id(fields, "customer_id");
        if (team is not null && customer is not null)
            fields.Wrong("customer_id", "stands here beside team_id; a key belongs to a team or to a customer, keep one");
        if (team is not null && !catalog.Teams.ContainsKey(team)) fields.Wrong("team_id", $"is '{team}', and there is no such team; create it first");
        if (customer is not null && !catalog.Customers.ContainsKey(customer))
            fields.Wrong("customer_id", $"is '{customer}', and there is no such customer; create it first");
        if (team is not null) return key with { TeamId = team, CustomerId = null };
        if (customer is not null) return key with { TeamId = null, CustomerId = customer };
        return key with
        {
            TeamId = fields.Has("team_id") ? null : key.TeamId,
            CustomerId = fields.Has("customer_id") ? null : key.CustomerId,
        };
    }

    internal static string? Id(Fields fields, string name) => fields.Text(name) is { Length: > 0 } id ? id : null;

    private static ImmutableArray<KeyProvider> Providers(Fields key, VirtualKey there, bool aligned, CatalogSnapshot catalog, Func<Guid> newId)
    {
        if (!key.Has("provider_configs")) return there.Providers;
        var configs = ImmutableArray.CreateBuilder<KeyProvider>();
        foreach (var fields in key.Objects("provider_configs", ConfigsMax) ?? [])
        {
            var name = fields.RequiredText("provider");
            if (name is null) continue;
            if (!catalog.Providers.TryGetValue(name, out var provider))
                fields.Wrong("provider", $"is '{name}'; there are {string.Join(", ", catalog.Providers.Keys.Order(StringComparer.Ordinal))}");
            if (configs.Any(other => other.Provider == name)) fields.Wrong("provider", $"is '{name}', which this key has already; one entry a provider");
            var before = there.Providers.FirstOrDefault(config => config.Provider == name)
                ?? new KeyProvider { Id = $"{there.Id}/{name}", Provider = name };
            configs.Add(Config(fields, before, provider, aligned, newId));
        }

        return configs.DrainToImmutable();
    }

    private static KeyProvider Config(Fields fields, KeyProvider before, Provider? provider, bool aligned, Func<Guid> newId)
    {
        var config = before with
        {
            Weight = fields.Has("weight") ? fields.Number("weight", 0, 1_000_000) : before.Weight,
            AllowedModels = NameFields.Read(fields, "allowed_models", before.AllowedModels),
            BlacklistedModels = NameFields.Read(fields, "blacklisted_models", before.BlacklistedModels),
            KeyIds = KeyIds(fields, before.KeyIds, provider),
            Budgets = BudgetFields.Read(fields, aligned, before.Budgets, newId),
            RateLimit = RateLimitFields.Read(fields, aligned, before.RateLimit),
        };
        fields.Ignore("id", "virtual_key_id", "keys", "config_hash", "calendar_aligned");
        fields.End();
        return config;
    }

    /// <summary>Provider keys by id or name; one that there is not could never be used.</summary>
    private static NameList KeyIds(Fields fields, NameList there, Provider? provider)
    {
        var all = fields.Flag("allow_all_keys");
        var ids = NameFields.Read(fields, "key_ids", all == true ? NameList.All : there);
        if (all == true && !ids.IsAll && fields.HasValue("key_ids")) fields.Wrong("key_ids", "stands here beside allow_all_keys; keep one");
        if (ids.IsAll || provider is null || !fields.HasValue("key_ids")) return ids;
        var found = new List<string>();
        foreach (var id in ids.Names)
        {
            if ((provider.Keys.FirstOrDefault(one => one.Id == id) ?? provider.Keys.FirstOrDefault(one => one.Name == id)) is { } key) found.Add(key.Id);
            else fields.Wrong("key_ids", $"has '{id}', which is no key of {provider.Name}; there are {string.Join(", ", provider.Keys.Select(one => one.Id))}");
        }

        return new NameList(found);
    }
}
