using System.Text.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>A virtual key in Bifrost's names. Its secret is shown only where it was just made.</summary>
public static class KeyJson
{
    /// <summary>Stands for a secret: of it only a hash is kept.</summary>
    public const string Masked = "sk-bf-********";

    /// <param name="json">Where to.</param>
    /// <param name="key">The key.</param>
    /// <param name="catalog">Where its owners' names are.</param>
    /// <param name="numbers">The ledger's numbers of its budgets.</param>
    /// <param name="live">What its grain counts; null where it was not asked.</param>
    /// <param name="secret">The secret that was just made; null shows a mask.</param>
    public static void Write(
        Utf8JsonWriter json, VirtualKey key, CatalogSnapshot catalog, LedgerNumbers numbers, LiveUse? live = null, string? secret = null)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, key.Id);
        json.WriteString("name"u8, key.Name);
        json.WriteString("value"u8, secret ?? Masked);
        json.WriteString("description"u8, key.Description);
        json.WriteBoolean("is_active"u8, key.IsActive);
        json.TimeOrNull("expires_at", key.ExpiresAt);
        json.TimeOrNull("previous_value_valid_until", key.Secrets.Max(one => one.ValidUntil));
        Configs(json, key, catalog, numbers);
        json.WriteStartArray("mcp_configs"u8);
        json.WriteEndArray();
        json.TextOrNull("team_id", key.TeamId);
        json.TextOrNull("customer_id", key.CustomerId);
        json.WriteBoolean("allow_all_providers"u8, key.AllowAllProviders);
        json.WriteBoolean("calendar_aligned"u8, key.CalendarAligned);
        json.WriteNumber("max_concurrent_requests"u8, key.CallsInFlightMax);
        if (live is not null) json.WriteNumber("calls_in_flight"u8, live.CallsInFlight);
        LimitJson.Budgets(json, key.Budgets, LimitOwner.Key(key.Id), numbers);
        LimitJson.RateLimit(json, key.RateLimit, LimitOwner.Key(key.Id), live);
        OwnerJson.Refer(json, key.TeamId, key.CustomerId, catalog);
        json.TimeOrNull("created_at", key.CreatedAt);
        json.TimeOrNull("updated_at", key.UpdatedAt);
        json.WriteEndObject();
    }

    /// <summary>What the key itself may see of itself.</summary>
    public static void WriteQuota(Utf8JsonWriter json, VirtualKey key, LedgerNumbers numbers, LiveUse? live)
    {
        json.WriteStartObject();
        json.WriteString("virtual_key_name"u8, key.Name);
        json.WriteBoolean("is_active"u8, key.IsActive);
        json.TimeOrNull("expires_at", key.ExpiresAt);
        LimitJson.Budgets(json, key.Budgets, LimitOwner.Key(key.Id), numbers);
        LimitJson.RateLimit(json, key.RateLimit, LimitOwner.Key(key.Id), live);
        json.Objects("provider_configs", key.Providers, (each, config) => Config(each, config, null, numbers));
        json.WriteEndObject();
    }

    private static void Configs(Utf8JsonWriter json, VirtualKey key, CatalogSnapshot catalog, LedgerNumbers numbers) => json.Objects(
        "provider_configs", key.Providers, (each, config) => Config(each, config, catalog.Providers.GetValueOrDefault(config.Provider), numbers));

    /// <param name="json">Where to.</param>
    /// <param name="config">The config.</param>
    /// <param name="provider">Null: the provider's keys are not shown.</param>
    /// <param name="numbers">The ledger's.</param>
    private static void Config(Utf8JsonWriter json, KeyProvider config, Provider? provider, LedgerNumbers numbers)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, config.Id);
        json.WriteString("provider"u8, config.Provider);
        if (config.Weight is { } weight) json.WriteNumber("weight"u8, weight);
        else json.WriteNull("weight"u8);
        json.Texts("allowed_models", config.AllowedModels.Names);
        json.Texts("blacklisted_models", config.BlacklistedModels.Names);
        json.WriteBoolean("allow_all_keys"u8, config.KeyIds.IsAll);
        if (provider is null) json.WriteNull("keys"u8);
        else
        {
            json.Texts("key_ids", config.KeyIds.Names);
            json.Objects("keys", provider.Keys.Where(one => !config.KeyIds.IsAll && config.KeyIds.Contains(one.Id)),
                (each, one) => each.Named(one.Id, one.Name));
        }

        LimitJson.Budgets(json, config.Budgets, LimitOwner.Config(config.Id), numbers);
        LimitJson.RateLimit(json, config.RateLimit, LimitOwner.Config(config.Id));
        json.WriteEndObject();
    }
}
