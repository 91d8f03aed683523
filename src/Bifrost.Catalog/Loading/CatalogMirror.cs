using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Loading;

/// <summary>
/// The store's objects, decoded, as of one version. A later load brings what changed since, so that one changed key among many costs one
/// key. Providers, settings and built-in prices are the process's own; of providers the store knows which are drained. Not thread-safe.
/// </summary>
internal sealed class CatalogMirror(CatalogSnapshot configured, FrozenDictionary<string, ModelPrice> builtInPrices)
{
    private readonly Dictionary<CatalogKey, Dictionary<string, BudgetRow>> _budgets = [];
    private readonly Dictionary<string, VirtualKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Team> _teams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Customer> _customers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, GlobalLimit> _limits = new(StringComparer.Ordinal);

    /// <summary>Stored prices. An older version may have stored two whose names differ in case: in this order the last one holds.</summary>
    private readonly SortedDictionary<string, ModelPrice> _prices = new(StringComparer.Ordinal);

    private readonly Dictionary<string, AdminToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Webhook> _webhooks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BrokenBound> _brokenBounds = new(StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _drained = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The version that was loaded last; 0 before the first.</summary>
    public long Version { get; private set; }

    /// <summary>Takes over what changed beyond <see cref="Version"/> and answers the whole.</summary>
    public CatalogSnapshot Apply(CatalogRows rows)
    {
        var touched = new HashSet<CatalogKey>();
        foreach (var row in rows.Budgets)
        {
            SetBudget(row);
            touched.Add(row.Object);
        }

        foreach (var row in rows.Objects)
        {
            Set(row);
            touched.Remove(row.Key);
        }

        // Budgets that changed under an object that did not.
        foreach (var key in touched) Rebudget(key);
        Version = rows.Version;
        return Snapshot();
    }

    private CatalogSnapshot Snapshot() => configured with
    {
        Version = Version,
        Providers = _drained.Count == 0
            ? configured.Providers
            : configured.Providers.ToFrozenDictionary(
                one => one.Key, one => one.Value with { Drained = _drained.Contains(one.Key) }, StringComparer.OrdinalIgnoreCase),
        VirtualKeys = _keys.ToFrozenDictionary(StringComparer.Ordinal),
        Teams = _teams.ToFrozenDictionary(StringComparer.Ordinal),
        Customers = _customers.ToFrozenDictionary(StringComparer.Ordinal),
        GlobalLimits = [.. _limits.Values],
        Prices = Prices(),
        AdminTokens = _tokens.ToFrozenDictionary(StringComparer.Ordinal),
        Webhooks = _webhooks.ToFrozenDictionary(StringComparer.Ordinal),
        BrokenBounds = _brokenBounds.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
    };

    private FrozenDictionary<string, ModelPrice> Prices()
    {
        var prices = new Dictionary<string, ModelPrice>(builtInPrices, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, price) in _prices)
        {
            // Removed first: a dictionary keeps the name that it had.
            prices.Remove(name);
            prices.Add(name, price);
        }

        return prices.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private void SetBudget(BudgetRow row)
    {
        if (!_budgets.TryGetValue(row.Object, out var of)) _budgets.Add(row.Object, of = new Dictionary<string, BudgetRow>(StringComparer.Ordinal));
        if (row.Retired) of.Remove(row.Id);
        else of[row.Id] = row;
        if (of.Count == 0) _budgets.Remove(row.Object);
    }

    private void Set(CatalogRow row)
    {
        var id = row.Key.Id;
        switch (row.Key.Kind)
        {
            case CatalogKinds.VirtualKey: Put(_keys, Budgeted); break;
            case CatalogKinds.Team: Put(_teams, Budgeted); break;
            case CatalogKinds.Customer: Put(_customers, Budgeted); break;
            case CatalogKinds.GlobalLimit: Put(_limits, Budgeted); break;
            case CatalogKinds.Provider when row.Deleted: _drained.Remove(id); break;
            case CatalogKinds.Provider: _drained.Add(id); break;
            case CatalogKinds.AdminToken: Put(_tokens, token => token); break;
            case CatalogKinds.Webhook: Put(_webhooks, webhook => webhook); break;
            case CatalogKinds.BrokenBound: Put(_brokenBounds, broken => broken); break;
            case CatalogKinds.Price: Put(_prices, price => price); break;
        }

        void Put<T>(IDictionary<string, T> into, Func<T, T> complete)
        {
            if (row.Deleted) into.Remove(id);
            else into[id] = complete(CatalogJson.Read<T>(row.Json));
        }
    }

    private void Rebudget(CatalogKey key)
    {
        switch (key.Kind)
        {
            case CatalogKinds.VirtualKey: Again(_keys, Budgeted); break;
            case CatalogKinds.Team: Again(_teams, Budgeted); break;
            case CatalogKinds.Customer: Again(_customers, Budgeted); break;
            case CatalogKinds.GlobalLimit: Again(_limits, Budgeted); break;
        }

        void Again<T>(IDictionary<string, T> into, Func<T, T> complete)
        {
            if (into.TryGetValue(key.Id, out var there)) into[key.Id] = complete(there);
        }
    }

    private VirtualKey Budgeted(VirtualKey key)
    {
        var of = new CatalogKey(CatalogKinds.VirtualKey, key.Id);
        return key with
        {
            Budgets = Of(of, BudgetLevel.VirtualKey, key.Id, key.Budgets),
            Providers = [.. key.Providers.Select(config => config with { Budgets = Of(of, BudgetLevel.KeyProvider, config.Id, config.Budgets) })],
        };
    }

    private Team Budgeted(Team team) =>
        team with { Budgets = Of(new CatalogKey(CatalogKinds.Team, team.Id), BudgetLevel.Team, team.Id, team.Budgets) };

    private Customer Budgeted(Customer customer) =>
        customer with { Budgets = Of(new CatalogKey(CatalogKinds.Customer, customer.Id), BudgetLevel.Customer, customer.Id, customer.Budgets) };

    private GlobalLimit Budgeted(GlobalLimit limit) =>
        limit with { Budgets = Of(new CatalogKey(CatalogKinds.GlobalLimit, limit.Id), CatalogSeeds.LevelOf(limit), limit.Id, limit.Budgets) };

    /// <param name="key">The object.</param>
    /// <param name="level">Of the object, or of a virtual key's provider config.</param>
    /// <param name="ownerId">Whose budgets they are.</param>
    /// <param name="said">What the object itself says of its budgets beyond their rows: their rule of admission.</param>
    private ImmutableArray<Budget> Of(CatalogKey key, BudgetLevel level, string ownerId, ImmutableArray<Budget> said)
    {
        if (!_budgets.TryGetValue(key, out var rows)) return [];
        return
        [
            .. rows.Values.Where(row => row.Level == level && row.OwnerId == ownerId)
                .OrderBy(row => WindowClock.RollingLength(row.Period)).ThenBy(row => row.Id, StringComparer.Ordinal)
                .Select(row => new Budget
                {
                    Id = row.Id,
                    LimitNanos = row.LimitNanos,
                    Period = row.Period,
                    Admission = said.FirstOrDefault(budget => budget.Period == row.Period)?.Admission ?? default,
                }),
        ];
    }
}
