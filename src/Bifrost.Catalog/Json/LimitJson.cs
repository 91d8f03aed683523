using System.Text.Json;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Json;

/// <summary>Whose limit it is, as JSON names it: <c>virtual_key_id</c>, <c>team_id</c>, …</summary>
public readonly record struct LimitOwner(string Field, string Id)
{
    public static LimitOwner Key(string id) => new("virtual_key_id", id);

    public static LimitOwner Config(string id) => new("provider_config_id", id);

    public static LimitOwner Team(string id) => new("team_id", id);

    public static LimitOwner Customer(string id) => new("customer_id", id);

    public static LimitOwner Global(GlobalLimit limit) => GlobalLimits.IsProvider(limit)
        ? new("provider", limit.Provider)
        : new("model_config_id", GlobalLimits.ModelConfigId(limit));
}

/// <summary>Budgets and rate limits in Bifrost's names, with the ledger's numbers.</summary>
public static class LimitJson
{
    public static void Budgets(Utf8JsonWriter json, ImmutableArray<Budget> budgets, LimitOwner owner, LedgerNumbers numbers) =>
        json.Objects("budgets", budgets, (each, budget) => WriteBudget(each, budget, owner, numbers));

    public static void WriteBudget(Utf8JsonWriter json, Budget budget, LimitOwner owner, LedgerNumbers numbers)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, budget.Id);
        json.Usd("max_limit", budget.LimitNanos);
        json.WriteString("reset_duration"u8, PeriodParser.Format(budget.Period));
        json.WriteBoolean("calendar_aligned"u8, budget.Period.CalendarAligned);
        json.WriteString("admission"u8, budget.Admission == AdmissionRule.Estimate ? "estimate"u8 : "bound"u8);
        var now = numbers.Of(budget.Id);
        json.Usd("current_usage", now?.PostedNanos ?? 0);
        json.Usd("held_usage", now?.LeasedNanos ?? 0);
        json.Usd("in_doubt_usage", now?.DoubtNanos ?? 0);
        json.TimeOrNull("last_reset", now?.WindowStart);
        json.TimeOrNull("resets_at", now?.ResetsAt);
        json.WriteString(owner.Field, owner.Id);
        json.WriteEndObject();
    }

    public static void RateLimit(Utf8JsonWriter json, RateLimit? limit, LimitOwner owner, LiveUse? live = null)
    {
        json.WritePropertyName("rate_limit"u8);
        if (limit is null) json.WriteNullValue();
        else WriteRateLimit(json, limit, owner, live);
    }

    /// <param name="json">Where to.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="owner">Its owner.</param>
    /// <param name="live">What its windows count; null where no grain was asked; the counts are then left out.</param>
    public static void WriteRateLimit(Utf8JsonWriter json, RateLimit limit, LimitOwner owner, LiveUse? live = null)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, $"{owner.Field}:{owner.Id}");
        Window(json, "token", limit.TokensMax, limit.TokenPeriod, live?.Tokens);
        Window(json, "request", limit.RequestsMax, limit.RequestPeriod, live?.Requests);
        json.WriteString(owner.Field, owner.Id);
        json.WriteEndObject();
    }

    private static void Window(Utf8JsonWriter json, string kind, long? max, WindowPeriod period, long? used)
    {
        json.WholeOrNull($"{kind}_max_limit", max);
        json.TextOrNull($"{kind}_reset_duration", max is null ? null : PeriodParser.Format(period));
        if (used is { } count) json.WriteNumber($"{kind}_current_usage", count);
    }
}
