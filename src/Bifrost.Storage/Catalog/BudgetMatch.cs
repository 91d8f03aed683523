using Bifrost.Core.Catalog.Store;

namespace Bifrost.Storage.Catalog;

/// <summary>What is to be done so that an object has exactly the wanted budgets.</summary>
/// <param name="Added">New budgets.</param>
/// <param name="Set">Budgets that are there, whose limit changes or that come back from retirement. Their counters stay.</param>
/// <param name="Retired">Ids of budgets that bind nobody any more.</param>
internal sealed record BudgetMatch(
    ImmutableArray<BudgetSpec> Added, ImmutableArray<(string Id, long LimitNanos)> Set, ImmutableArray<string> Retired)
{
    /// <summary>Matches by level, owner and period; of two wanted ones that say the same, the last holds.</summary>
    public static BudgetMatch Of(IReadOnlyCollection<BudgetRow> there, ImmutableArray<BudgetSpec> wanted)
    {
        var byWindow = new Dictionary<Window, BudgetSpec>();
        foreach (var spec in wanted) byWindow[new Window(spec.Level, spec.OwnerId, spec.Period)] = spec;
        var set = ImmutableArray.CreateBuilder<(string, long)>();
        var retired = ImmutableArray.CreateBuilder<string>();
        foreach (var row in there)
        {
            if (!byWindow.Remove(new Window(row.Level, row.OwnerId, row.Period), out var spec))
            {
                if (!row.Retired) retired.Add(row.Id);
            }
            else if (row.Retired || row.LimitNanos != spec.LimitNanos)
            {
                set.Add((row.Id, spec.LimitNanos));
            }
        }

        return new BudgetMatch([.. byWindow.Values], set.DrainToImmutable(), retired.DrainToImmutable());
    }

    private readonly record struct Window(Core.Ledger.BudgetLevel Level, string OwnerId, Core.Catalog.WindowPeriod Period);
}
