using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>Reads one rate limit: a request window, a token window, or both.</summary>
internal static class RateLimitReader
{
    public static RateLimit Read(Section section, bool aligned)
    {
        aligned = section.Flag("calendar_aligned") ?? aligned;
        var limit = new RateLimit
        {
            RequestsMax = section.Whole("request_max_limit", 0, 1_000_000_000_000),
            TokensMax = section.Whole("token_max_limit", 0, 1_000_000_000_000),
        };
        limit = limit with
        {
            RequestPeriod = Period(section, "request", limit.RequestsMax, limit.RequestPeriod, aligned),
            TokenPeriod = Period(section, "token", limit.TokensMax, limit.TokenPeriod, aligned),
        };
        if (limit.RequestsMax is null && limit.TokensMax is null && !section.Has("request_max_limit") && !section.Has("token_max_limit"))
            section.Error("request_max_limit", "is missing, and so is token_max_limit: this limits nothing; write one of them or remove it");
        section.Silent("id", "request_current_usage", "request_last_reset", "token_current_usage", "token_last_reset", "config_hash",
            "created_at", "updated_at");
        section.End();
        return limit;
    }

    private static WindowPeriod Period(Section section, string kind, long? max, WindowPeriod standard, bool aligned)
    {
        var name = $"{kind}_reset_duration";
        if (section.Text(name) is { } text)
            return PeriodReader.TryRead(section, name, text, aligned, out var period) ? period : standard;
        if (max is not null) section.Error(name, $"is missing; {kind}_max_limit needs its window, for example \"1m\"");
        return standard;
    }
}
