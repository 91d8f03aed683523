using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Admin.Reading;

/// <summary>Reads <c>rate_limit</c>: a request window, a token window, or both; <c>null</c> or an empty object removes it.</summary>
internal static class RateLimitFields
{
    private const long Most = 1_000_000_000_000;

    /// <returns>The limit; or <paramref name="there"/> when the body does not name it.</returns>
    public static RateLimit? Read(Fields owner, bool aligned, RateLimit? there)
    {
        if (!owner.Has("rate_limit")) return there;
        if (owner.Object("rate_limit") is not { } fields) return null;
        var limit = new RateLimit
        {
            RequestsMax = fields.Whole("request_max_limit", 0, Most),
            TokensMax = fields.Whole("token_max_limit", 0, Most),
        };
        var requests = Period(fields, "request", limit.RequestsMax, aligned);
        var tokens = Period(fields, "token", limit.TokensMax, aligned);
        fields.Ignore("id", "request_current_usage", "request_last_reset", "token_current_usage", "token_last_reset", "config_hash",
            "created_at", "updated_at", "calendar_aligned");
        fields.End();
        if (limit.RequestsMax is null && limit.TokensMax is null) return null;
        return limit with { RequestPeriod = requests ?? limit.RequestPeriod, TokenPeriod = tokens ?? limit.TokenPeriod };
    }

    private static WindowPeriod? Period(Fields fields, string kind, long? max, bool aligned)
    {
        var name = $"{kind}_reset_duration";
        var period = PeriodFields.Read(fields, name, aligned, needed: max is not null);
        if (period is not null && max is null && !fields.HasValue($"{kind}_max_limit"))
            fields.Wrong($"{kind}_max_limit", $"is missing; {name} limits nothing without it");
        return period;
    }
}
