using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Json;

/// <summary>Reads one rate limit: a request window, a token window, or both.</summary>
public static class RateLimitReader
{
    private const long Most = 1_000_000_000_000;

    /// <summary>The limit; null where a body's empty object removes it. In a file an empty one is a mistake.</summary>
    /// <param name="section">Its object.</param>
    /// <param name="aligned">Whether its windows follow the calendar. A limit of a file may say otherwise; in a body its owner decides.</param>
    public static RateLimit? Read(Section section, bool aligned)
    {
        if (section.IsBody) section.Silent([.. BudgetReader.OwnerNames, "provider", "calendar_aligned"]);
        else aligned = section.Flag("calendar_aligned") ?? aligned;
        var limit = new RateLimit
        {
            RequestsMax = section.Whole("request_max_limit", 0, Most),
            TokensMax = section.Whole("token_max_limit", 0, Most),
        };
        limit = limit with
        {
            RequestPeriod = Period(section, "request", limit.RequestsMax, aligned) ?? limit.RequestPeriod,
            TokenPeriod = Period(section, "token", limit.TokensMax, aligned) ?? limit.TokenPeriod,
        };
        var isEmpty = limit.RequestsMax is null && limit.TokensMax is null;
        if (isEmpty && !section.IsBody && !section.Has("request_max_limit") && !section.Has("token_max_limit"))
            section.Error("request_max_limit", "is missing, and so is token_max_limit: this limits nothing; write one of them or remove it");
        section.Silent("id", "request_current_usage", "request_last_reset", "token_current_usage", "token_last_reset", "config_hash",
            "created_at", "updated_at");
        section.End();
        return isEmpty ? null : limit;
    }

    private static WindowPeriod? Period(Section section, string kind, long? max, bool aligned)
    {
        var (name, maxName) = ($"{kind}_reset_duration", $"{kind}_max_limit");

        // In a file an empty duration is the standard one.
        if (!section.IsBody && section.Text(name) is "") return null;
        var period = PeriodReader.Read(section, name, aligned, needed: max is not null);
        if (section.IsBody && period is not null && !section.Has(maxName))
            section.Error(maxName, $"is missing; {name} limits nothing without it");
        return period;
    }
}
