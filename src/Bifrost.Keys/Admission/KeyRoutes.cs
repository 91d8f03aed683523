using Bifrost.Catalog.Model;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;

namespace Bifrost.Keys.Admission;

/// <summary>The routes of one key under the newest catalog snapshot it saw; emptied when another comes.</summary>
internal sealed class KeyRoutes(int routesMax)
{
    private readonly Dictionary<(string Provider, string Model), KeyRoute> _routes = [];
    private CatalogSnapshot _catalog = CatalogSnapshot.Empty;

    /// <summary>The route at a moment: where the price changes with time, so may the access.</summary>
    public KeyRoute Of(CatalogSnapshot catalog, VirtualKey? key, string provider, string model, DateTimeOffset now)
    {
        if (!ReferenceEquals(catalog, _catalog))
        {
            _routes.Clear();
            _catalog = catalog;
        }

        if (_routes.TryGetValue((provider, model), out var route))
        {
            if (route.Price?.ChangesWithTime() != true) return route;
            var access = KeyAccess.Of(catalog, key, provider, model, now);
            return access == route.Access ? route : _routes[(provider, model)] = route with { Access = access };
        }

        route = Make(catalog, key, provider, model, now);
        if (_routes.Count >= routesMax) _routes.Clear();
        _routes.Add((provider, model), route);
        return route;
    }

    private static KeyRoute Make(CatalogSnapshot catalog, VirtualKey? key, string provider, string model, DateTimeOffset now)
    {
        var name = provider + "/" + model;
        var team = key?.TeamId is { } teamId ? catalog.Teams.GetValueOrDefault(teamId) : null;
        var customerId = key?.CustomerId ?? team?.CustomerId;
        var chain = ChainOf(catalog, key, provider, model, out var holdsBound);
        return new KeyRoute(
            name,
            catalog.PricedAs(provider, model),
            KeyAccess.ConfigOf(key, provider),
            KeyAccess.Of(catalog, key, provider, model, now),
            catalog.PriceOf(provider, model),
            chain,
            AccountRules.Of(catalog, team, customerId, provider, model),
            catalog.Providers.GetValueOrDefault(provider),
            holdsBound,
            key?.TeamId,
            customerId);
    }

    private static BudgetChain ChainOf(CatalogSnapshot catalog, VirtualKey? key, string provider, string model, out bool holdsBound)
    {
        holdsBound = false;
        var budgets = new List<ChainBudget>();
        foreach (var (budget, level, owner) in KeyAccess.BudgetsOf(catalog, key, provider, model))
        {
            budgets.Add(new ChainBudget(budget.Id, level, owner));
            holdsBound |= budget.Admission == AdmissionRule.Bound;
        }

        return BudgetChain.Of(budgets);
    }
}
