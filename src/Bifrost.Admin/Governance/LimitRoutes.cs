using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/budgets</c> and <c>/rate-limits</c>: every limit with its owner, to read only. Owners change them.</summary>
internal sealed class LimitRoutes(GovernanceEditor governance) : IAdminRoutes
{
    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get("/api/governance/budgets", BudgetsAsync),
        AdminRoute.Get("/api/governance/rate-limits", RateLimitsAsync),
    ];

    private async Task<AdminAnswer> BudgetsAsync(AdminCall call)
    {
        var (limit, offset) = (call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return error;
        var all = Owners(governance.Now).SelectMany(owner => owner.Budgets.Select(budget => (owner.Owner, Budget: budget))).ToArray();
        var page = Page<(LimitOwner Owner, Budget Budget)>.Of(all, limit, offset);
        var numbers = await governance.NumbersAsync(page.Items.Select(item => item.Budget), call.Aborted);
        return AdminAnswer.Of(json => Json.Page(json, "budgets", page, (each, item) => LimitJson.WriteBudget(each, item.Budget, item.Owner, numbers)));
    }

    private Task<AdminAnswer> RateLimitsAsync(AdminCall call)
    {
        var (limit, offset) = (call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return Task.FromResult<AdminAnswer>(error);
        var all = Owners(governance.Now).Where(owner => owner.RateLimit is not null).ToArray();
        var page = Page<Owned>.Of(all, limit, offset);
        return Task.FromResult(AdminAnswer.Of(
            json => Json.Page(json, "rate_limits", page, (each, item) => LimitJson.WriteRateLimit(each, item.RateLimit!, item.Owner))));
    }

    /// <summary>Every owner of limits, in an order that stays while nothing changes.</summary>
    private static IEnumerable<Owned> Owners(CatalogSnapshot now)
    {
        foreach (var customer in Sorted(now.Customers)) yield return new Owned(LimitOwner.Customer(customer.Id), customer.Budgets, customer.RateLimit);
        foreach (var team in Sorted(now.Teams)) yield return new Owned(LimitOwner.Team(team.Id), team.Budgets, team.RateLimit);
        foreach (var key in Sorted(now.VirtualKeys))
        {
            yield return new Owned(LimitOwner.Key(key.Id), key.Budgets, key.RateLimit);
            foreach (var config in key.Providers) yield return new Owned(LimitOwner.Config(config.Id), config.Budgets, config.RateLimit);
        }

        foreach (var limit in now.GlobalLimits) yield return new Owned(LimitOwner.Global(limit), limit.Budgets, limit.RateLimit);
    }

    private static IEnumerable<T> Sorted<T>(IReadOnlyDictionary<string, T> all) =>
        all.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    private sealed record Owned(LimitOwner Owner, ImmutableArray<Budget> Budgets, RateLimit? RateLimit);
}
