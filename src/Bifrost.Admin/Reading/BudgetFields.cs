using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;

namespace Bifrost.Admin.Reading;

/// <summary>Reads <c>budgets</c>: the whole set of an owner, one a window. A budget of a window that the owner has already stays the same one.</summary>
internal static class BudgetFields
{
    private const int CountMax = 16;

    /// <returns>The set; or <paramref name="there"/> when the body does not name it.</returns>
    public static ImmutableArray<Budget> Read(Fields owner, bool aligned, ImmutableArray<Budget> there, Func<Guid> newId)
    {
        var single = owner.Object("budget");
        var list = owner.Objects("budgets", CountMax);
        if (single is not null && list is not null) owner.Wrong("budget", "stands here beside budgets; keep budgets");
        list ??= single is null ? null : [single];
        if (list is null) return there;
        var budgets = ImmutableArray.CreateBuilder<Budget>(list.Count);
        foreach (var fields in list)
        {
            if (ReadOne(fields, aligned, there, newId) is not { } budget) continue;
            if (budgets.Any(other => other.Period == budget.Period))
                fields.Wrong("reset_duration", $"is {PeriodParser.Format(budget.Period)}, and another budget of the same owner has it; one is enough");
            budgets.Add(budget);
        }

        return budgets.DrainToImmutable();
    }

    /// <summary>The budgets with their windows on the calendar, or off it.</summary>
    public static ImmutableArray<Budget> Align(ImmutableArray<Budget> budgets, bool aligned) =>
    [
        .. budgets.Select(budget => budget.Period.Unit < PeriodUnit.Day || budget.Period.CalendarAligned == aligned
            ? budget
            : budget with { Period = budget.Period with { CalendarAligned = aligned } }),
    ];

    private static Budget? ReadOne(Fields fields, bool aligned, ImmutableArray<Budget> there, Func<Guid> newId)
    {
        var usd = fields.Number("max_limit", 0, 1_000_000_000);
        if (!fields.HasValue("max_limit")) fields.Wrong("max_limit", "is missing; write US dollars, for example 25.50");
        var period = PeriodFields.Read(fields, "reset_duration", fields.Flag("calendar_aligned") ?? aligned, needed: true);
        fields.Ignore("id", "current_usage", "held_usage", "in_doubt_usage", "last_reset", "resets_at", "virtual_key_id", "team_id", "customer_id",
            "provider_config_id", "model_config_id", "provider", "config_hash", "created_at", "updated_at");
        fields.End();
        if (usd is null || period is null || !Nanos.TryFromUsd(usd.Value, out var nanos)) return null;
        var same = there.FirstOrDefault(budget => budget.Period == period);
        return new Budget { Id = same?.Id ?? newId().ToString(), LimitNanos = nanos, Period = period.Value };
    }
}

/// <summary>Reads window periods.</summary>
internal static class PeriodFields
{
    /// <summary>Null after a report, or when it is absent. Windows shorter than a day never follow the calendar, as in Bifrost.</summary>
    public static WindowPeriod? Read(Fields fields, string name, bool aligned, bool needed)
    {
        if (fields.Text(name, 16) is not { } text)
        {
            if (needed) fields.Wrong(name, "is missing; write the window, for example \"1h\", \"1d\" or \"1M\"");
            return null;
        }

        var onCalendar = aligned && text.Length > 0 && text[^1] is not ('s' or 'm' or 'h');
        if (PeriodParser.TryParse(text, onCalendar, out var period, out var error)) return period;
        fields.Wrong(name, $"is wrong: {error}");
        return null;
    }
}
