using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Keys.Limits;

/// <summary>Which shared limits bind a call.</summary>
internal static class AccountRules
{
    /// <summary>In one order for every key: team, customer, then the global limits as configured.</summary>
    public static ImmutableArray<AccountRule> Of(CatalogSnapshot catalog, Team? team, string? customerId, string provider, string model)
    {
        var rules = ImmutableArray.CreateBuilder<AccountRule>();
        AddOwners(rules, catalog, team, customerId);
        foreach (var limit in catalog.GlobalLimits)
        {
            if (!limit.Binds(provider, model)) continue;
            var owner = limit.Model == "*" ? RefusalLevel.Provider : RefusalLevel.Model;
            Add(rules, AccountKeys.OfLimit(limit.Id), LevelOf(limit), limit.RateLimit, owner);
        }

        return rules.DrainToImmutable();
    }

    /// <summary>Those of a key's owners alone, whatever it calls.</summary>
    public static ImmutableArray<AccountRule> OfOwners(CatalogSnapshot catalog, VirtualKey key)
    {
        var rules = ImmutableArray.CreateBuilder<AccountRule>();
        var team = key.TeamId is { } teamId ? catalog.Teams.GetValueOrDefault(teamId) : null;
        AddOwners(rules, catalog, team, key.CustomerId ?? team?.CustomerId);
        return rules.DrainToImmutable();
    }

    private static void AddOwners(ImmutableArray<AccountRule>.Builder rules, CatalogSnapshot catalog, Team? team, string? customerId)
    {
        if (team is not null) Add(rules, AccountKeys.OfTeam(team.Id), $"team '{team.Name}'", team.RateLimit, RefusalLevel.Team);
        if (customerId is not null && catalog.Customers.TryGetValue(customerId, out var customer))
            Add(rules, AccountKeys.OfCustomer(customer.Id), $"customer '{customer.Name}'", customer.RateLimit, RefusalLevel.Customer);
    }

    private static void Add(ImmutableArray<AccountRule>.Builder rules, string key, string level, RateLimit? limit, RefusalLevel owner)
    {
        if (limit is { RequestsMax: not null } or { TokensMax: not null }) rules.Add(new AccountRule(key, level, limit, owner));
    }

    private static string LevelOf(GlobalLimit limit) => (limit.Provider, limit.Model) switch
    {
        ("*", "*") => "all providers together",
        (_, "*") => $"provider '{limit.Provider}'",
        ("*", _) => $"model '{limit.Model}'",
        _ => $"model '{limit.Provider}/{limit.Model}'",
    };
}
