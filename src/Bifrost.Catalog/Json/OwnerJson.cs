using System.Text.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>Teams, customers and global limits in Bifrost's names.</summary>
public static class OwnerJson
{
    public static void Write(Utf8JsonWriter json, Team team, CatalogSnapshot catalog, LedgerNumbers numbers)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, team.Id);
        json.WriteString("name"u8, team.Name);
        json.TextOrNull("customer_id", team.CustomerId);
        Refer(json, null, team.CustomerId, catalog);
        json.WriteNumber("virtual_key_count"u8, catalog.VirtualKeys.Values.Count(key => key.TeamId == team.Id));
        Limits(json, team.CalendarAligned, team.Budgets, team.RateLimit, LimitOwner.Team(team.Id), numbers);
        Stamps(json, team.CreatedAt, team.UpdatedAt);
    }

    public static void Write(Utf8JsonWriter json, Customer customer, CatalogSnapshot catalog, LedgerNumbers numbers)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, customer.Id);
        json.WriteString("name"u8, customer.Name);
        json.Objects("teams", catalog.Teams.Values.Where(team => team.CustomerId == customer.Id), (each, team) => each.Named(team.Id, team.Name));
        json.Objects(
            "virtual_keys", catalog.VirtualKeys.Values.Where(key => key.CustomerId == customer.Id), (each, key) => each.Named(key.Id, key.Name));
        Limits(json, customer.CalendarAligned, customer.Budgets, customer.RateLimit, LimitOwner.Customer(customer.Id), numbers);
        Stamps(json, customer.CreatedAt, customer.UpdatedAt);
    }

    /// <summary>A model config: a limit of a model, of all providers or of one.</summary>
    public static void WriteModelConfig(Utf8JsonWriter json, GlobalLimit limit, LedgerNumbers numbers)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, GlobalLimits.ModelConfigId(limit));
        json.WriteString("model_name"u8, limit.Model);
        json.TextOrNull("provider", limit.Provider == "*" ? null : limit.Provider);
        json.WriteString("scope"u8, "global"u8);
        Limits(json, limit.CalendarAligned, limit.Budgets, limit.RateLimit, LimitOwner.Global(limit), numbers);
        Stamps(json, limit.CreatedAt, limit.UpdatedAt);
    }

    /// <summary>The limits of a whole provider.</summary>
    public static void WriteProviderLimit(Utf8JsonWriter json, GlobalLimit limit, LedgerNumbers numbers)
    {
        json.WriteStartObject();
        json.WriteString("provider"u8, limit.Provider);
        Limits(json, limit.CalendarAligned, limit.Budgets, limit.RateLimit, LimitOwner.Global(limit), numbers);
        Stamps(json, limit.CreatedAt, limit.UpdatedAt);
    }

    /// <summary>The team and the customer that an object belongs to, where there are such.</summary>
    internal static void Refer(Utf8JsonWriter json, string? teamId, string? customerId, CatalogSnapshot catalog)
    {
        if (teamId is not null && catalog.Teams.TryGetValue(teamId, out var team))
        {
            json.WritePropertyName("team"u8);
            json.Named(team.Id, team.Name);
        }

        if (customerId is not null && catalog.Customers.TryGetValue(customerId, out var customer))
        {
            json.WritePropertyName("customer"u8);
            json.Named(customer.Id, customer.Name);
        }
    }

    private static void Limits(
        Utf8JsonWriter json, bool aligned, ImmutableArray<Budget> budgets, RateLimit? rateLimit, LimitOwner owner, LedgerNumbers numbers)
    {
        json.WriteBoolean("calendar_aligned"u8, aligned);
        LimitJson.Budgets(json, budgets, owner, numbers);
        LimitJson.RateLimit(json, rateLimit, owner);
    }

    private static void Stamps(Utf8JsonWriter json, DateTimeOffset? created, DateTimeOffset? updated)
    {
        json.TimeOrNull("created_at", created);
        json.TimeOrNull("updated_at", updated);
        json.WriteEndObject();
    }
}
