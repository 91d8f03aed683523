using Bifrost.Catalog.Model;

namespace Bifrost.Keys.Limits;

/// <summary>Grain keys of accounts, and whose limit each of them keeps.</summary>
public static class AccountKeys
{
    private const string Team = "team:";
    private const string Customer = "customer:";
    private const string Limit = "limit:";

    public static string OfTeam(string id) => Team + id;

    public static string OfCustomer(string id) => Customer + id;

    public static string OfLimit(string id) => Limit + id;

    /// <summary>What the catalog says of the account's windows; null when nothing binds it (any more).</summary>
    public static RateLimit? RateLimitOf(CatalogSnapshot catalog, string accountKey)
    {
        if (IdIn(accountKey, Team) is { } team) return catalog.Teams.GetValueOrDefault(team)?.RateLimit;
        if (IdIn(accountKey, Customer) is { } customer) return catalog.Customers.GetValueOrDefault(customer)?.RateLimit;
        if (IdIn(accountKey, Limit) is not { } id) return null;
        foreach (var limit in catalog.GlobalLimits)
            if (limit.Id == id) return limit.RateLimit;
        return null;
    }

    private static string? IdIn(string accountKey, string prefix) =>
        accountKey.StartsWith(prefix, StringComparison.Ordinal) ? accountKey[prefix.Length..] : null;
}
