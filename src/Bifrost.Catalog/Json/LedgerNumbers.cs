using Bifrost.Catalog.Model;
using Bifrost.Ledger.Store;

namespace Bifrost.Catalog.Json;

/// <summary>What the ledger says of some budgets, as of now.</summary>
public sealed class LedgerNumbers
{
    private readonly Dictionary<string, BudgetNumbers> _numbers;

    private LedgerNumbers(ImmutableArray<BudgetNumbers> numbers) => _numbers = numbers.ToDictionary(one => one.BudgetId, StringComparer.Ordinal);

    public BudgetNumbers? Of(string budgetId) => _numbers.GetValueOrDefault(budgetId);

    public static async Task<LedgerNumbers> ReadAsync(ILedgerStore ledger, IEnumerable<Budget> budgets, CancellationToken cancel)
    {
        ImmutableArray<string> ids = [.. budgets.Select(budget => budget.Id)];
        return new LedgerNumbers(ids.IsEmpty ? [] : await ledger.ReadBudgetsAsync(ids, cancel).ConfigureAwait(false));
    }

    public static IEnumerable<Budget> BudgetsOf(VirtualKey key) => key.Budgets.Concat(key.Providers.SelectMany(config => config.Budgets));
}
