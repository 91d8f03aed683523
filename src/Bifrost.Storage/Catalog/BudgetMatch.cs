using Bifrost.Catalog.Store;

namespace Bifrost.Storage.Catalog;

/// <summary>What is to be done so that an object has exactly the wanted budgets.</summary>
/// <param name="Added">New budgets.</param>
/// <param name="Set">Budgets that are there and change: their limit, their windows' alignment, or that they are retired. Their counters stay.</param>
/// <param name="Retired">Ids of budgets that bind nobody any more.</param>
internal sealed record BudgetMatch(
    ImmutableArray<BudgetSpec> Added, ImmutableArray<(string Id, long LimitNanos, bool CalendarAligned)> Set, ImmutableArray<string> Retired)
{
    /// <summary>
    /// Matches by level, owner and period; of two wanted ones that say the same, the last holds. A budget whose windows move onto the calendar,
    /// or off it, stays the one it is: its window goes on until the new rule ends it, so that nothing spent in it is forgotten.
    /// </summary>
    public static BudgetMatch Of(IReadOnlyCollection<BudgetRow> there, ImmutableArray<BudgetSpec> wanted)
    {
        var byWindow = new Dictionary<Window, BudgetSpec>();
        foreach (var spec in wanted) byWindow[new Window(spec.Level, spec.OwnerId, spec.Period)] = spec;
        var set = ImmutableArray.CreateBuilder<(string, long, bool)>();
        var left = new List<BudgetRow>();
        foreach (var row in there)
        {
            if (!byWindow.Remove(Window.Of(row), out var spec)) left.Add(row);
            else if (row.Retired || row.LimitNanos != spec.LimitNanos) set.Add((row.Id, spec.LimitNanos, row.Period.CalendarAligned));
        }

        var retired = ImmutableArray.CreateBuilder<string>();
        foreach (var row in left)
        {
            if (row.Retired) continue;
            var turned = Window.Of(row) with { Period = row.Period with { CalendarAligned = !row.Period.CalendarAligned } };
            if (byWindow.Remove(turned, out var spec)) set.Add((row.Id, spec.LimitNanos, turned.Period.CalendarAligned));
            else retired.Add(row.Id);
        }

        return new BudgetMatch([.. byWindow.Values], set.DrainToImmutable(), retired.DrainToImmutable());
    }

    private readonly record struct Window(Bifrost.Ledger.Store.BudgetLevel Level, string OwnerId, Bifrost.Ledger.Windows.WindowPeriod Period)
    {
        public static Window Of(BudgetRow row) => new(row.Level, row.OwnerId, row.Period);
    }
}
