using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Json;

/// <summary>Reads one budget.</summary>
public static class BudgetReader
{
    /// <summary>Names by which a budget of a list says whose it is.</summary>
    public static readonly ImmutableArray<string> OwnerNames =
        ["virtual_key_id", "team_id", "customer_id", "provider_config_id", "model_config_id"];

    /// <summary>The budget; null after a report.</summary>
    /// <param name="section">Its object.</param>
    /// <param name="aligned">Whether its window follows the calendar, unless the budget says otherwise.</param>
    /// <param name="idOf">The id of a budget of such a window.</param>
    public static Budget? Read(Section section, bool aligned, Func<WindowPeriod, string> idOf)
    {
        var limit = section.Usd("max_limit", 1_000_000_000);
        if (!section.Has("max_limit")) section.Error("max_limit", "is missing; write US dollars, for example 25.50");
        var period = PeriodReader.Read(section, "reset_duration", section.Flag("calendar_aligned") ?? aligned, needed: true);
        var admission = section.Text("admission");
        if (admission is not (null or "bound" or "estimate")) section.Error("admission", $"is \"{admission}\"; bound or estimate stands here");
        section.Silent("id", "current_usage", "last_reset", "config_hash", "created_at", "updated_at");
        section.Silent(OwnerNames);
        if (section.IsBody) section.Silent("held_usage", "in_doubt_usage", "resets_at", "provider");
        else section.Unused("override_amount", "override_mode", "override_cycles", "reset_config");
        section.End();
        return limit is { } nanos && period is not null
            ? new Budget
            {
                Id = idOf(period.Value),
                LimitNanos = nanos,
                Period = period.Value,
                Admission = admission == "estimate" ? AdmissionRule.Estimate : AdmissionRule.Bound,
            }
            : null;
    }

    /// <summary>Adds a budget that was read to those of its owner, one a window.</summary>
    public static void Add(Section section, ICollection<Budget> budgets, Budget budget)
    {
        if (budgets.Any(other => other.Period == budget.Period))
            section.Error("reset_duration", $"is \"{PeriodParser.Format(budget.Period)}\", and another budget of the same owner has it; one is enough");
        else
            budgets.Add(budget);
    }
}
