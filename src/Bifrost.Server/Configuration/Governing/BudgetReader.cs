using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>Reads one budget.</summary>
internal static class BudgetReader
{
    private static readonly string[] s_owners = ["virtual_key_id", "team_id", "customer_id", "provider_config_id", "model_config_id"];

    /// <param name="section">Its object.</param>
    /// <param name="owner">Name of the owner, for the id of a budget that states none.</param>
    /// <param name="aligned">The owner's setting.</param>
    /// <param name="reference">The member that may name this owner; another one that names an owner contradicts it.</param>
    public static Budget? Read(Section section, string owner, bool aligned, string reference)
    {
        foreach (var other in s_owners)
        {
            if (section.Has(other) && reference.Length > 0 && other != reference)
                section.Error(other, $"names an owner, and {owner} has this budget too; a budget has one owner");
        }

        var usd = section.Number("max_limit", 0, 1_000_000_000);
        if (!section.Has("max_limit")) section.Error("max_limit", "is missing; write US dollars, for example 25.50");
        var text = section.RequiredText("reset_duration");
        var read = PeriodReader.TryRead(section, "reset_duration", text, section.Flag("calendar_aligned") ?? aligned, out var period);
        section.Silent("current_usage", "last_reset", "config_hash", "created_at", "updated_at");
        section.Unused("override_amount", "override_mode", "override_cycles", "reset_config");
        var id = section.Id("id") ?? $"{owner}:{text}";
        section.End();
        return read && usd is not null && Nanos.TryFromUsd(usd.Value, out var nanos)
            ? new Budget { Id = id, LimitNanos = nanos, Period = period }
            : null;
    }
}

/// <summary>Reads window periods.</summary>
internal static class PeriodReader
{
    /// <summary>False after a report. Windows shorter than a day never follow the calendar, as in Bifrost.</summary>
    public static bool TryRead(Section section, string name, string text, bool aligned, out WindowPeriod period)
    {
        period = default;
        if (text.Length == 0) return false;
        if (PeriodParser.TryParse(text, aligned && text[^1] is not ('s' or 'm' or 'h'), out period, out var error)) return true;
        section.Error(name, error);
        return false;
    }
}
