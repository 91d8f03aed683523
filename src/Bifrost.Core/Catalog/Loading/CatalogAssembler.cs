using System.Collections.Frozen;
using Bifrost.Core.Catalog.Store;
using Bifrost.Core.Ledger;

namespace Bifrost.Core.Catalog.Loading;

/// <summary>
/// Puts a snapshot together: providers and settings as this process was configured, everything else from the store, budgets under the
/// ids that the store knows them by.
/// </summary>
public static class CatalogAssembler
{
    /// <param name="rows">Everything that stands now (<see cref="ICatalogStore.LoadAsync"/> from version 0).</param>
    /// <param name="configured">Where providers and settings come from.</param>
    public static CatalogSnapshot Assemble(CatalogRows rows, CatalogSnapshot configured)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(configured);
        var budgets = rows.Budgets.Where(row => !row.Retired).ToLookup(row => (row.Level, row.OwnerId), BudgetOf);
        var standing = rows.Objects.Where(row => !row.Deleted).ToLookup(row => row.Key.Kind, StringComparer.Ordinal);
        return configured with
        {
            Version = rows.Version,
            Customers = All<Customer>(CatalogKinds.Customer)
                .Select(customer => customer with { Budgets = Budgets(BudgetLevel.Customer, customer.Id) })
                .ToFrozenDictionary(customer => customer.Id, StringComparer.Ordinal),
            Teams = All<Team>(CatalogKinds.Team)
                .Select(team => team with { Budgets = Budgets(BudgetLevel.Team, team.Id) })
                .ToFrozenDictionary(team => team.Id, StringComparer.Ordinal),
            VirtualKeys = All<VirtualKey>(CatalogKinds.VirtualKey).Select(WithBudgets).ToFrozenDictionary(key => key.Id, StringComparer.Ordinal),
            GlobalLimits =
            [
                .. All<GlobalLimit>(CatalogKinds.GlobalLimit).Select(limit => limit with
                {
                    Budgets = Budgets(limit.Model == "*" ? BudgetLevel.Provider : BudgetLevel.Model, limit.Id),
                }),
            ],
            Prices = standing[CatalogKinds.Price]
                .ToFrozenDictionary(row => row.Key.Id, row => CatalogJson.Read<ModelPrice>(row.Json), StringComparer.Ordinal),
        };

        IEnumerable<T> All<T>(string kind) => standing[kind].Select(row => CatalogJson.Read<T>(row.Json));

        ImmutableArray<Budget> Budgets(BudgetLevel level, string ownerId) => [.. budgets[(level, ownerId)]];

        VirtualKey WithBudgets(VirtualKey key) => key with
        {
            Budgets = Budgets(BudgetLevel.VirtualKey, key.Id),
            Providers = [.. key.Providers.Select(config => config with { Budgets = Budgets(BudgetLevel.KeyProvider, config.Id) })],
        };
    }

    private static Budget BudgetOf(BudgetRow row) => new() { Id = row.Id, LimitNanos = row.LimitNanos, Period = row.Period };
}
