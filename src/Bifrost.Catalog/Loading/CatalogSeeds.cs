using System.Security.Cryptography;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Catalog.Loading;

/// <summary>Turns what a configuration says into objects for the store, each with the hash of all that was said of it.</summary>
public static class CatalogSeeds
{
    public static ImmutableArray<CatalogSeed> Of(CatalogSnapshot catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var seeds = ImmutableArray.CreateBuilder<CatalogSeed>();
        foreach (var limit in catalog.GlobalLimits) seeds.Add(Seed(Of(limit), limit));
        foreach (var (name, price) in catalog.Prices) seeds.Add(Seed(Of(name, price), price));
        foreach (var customer in catalog.Customers.Values) seeds.Add(Seed(Of(customer), customer));
        foreach (var team in catalog.Teams.Values) seeds.Add(Seed(Of(team), team));
        foreach (var key in catalog.VirtualKeys.Values) seeds.Add(Seed(Of(key), key));
        return seeds.DrainToImmutable();
    }

    public static CatalogObject Of(Customer customer) => new()
    {
        Key = new CatalogKey(CatalogKinds.Customer, customer.Id),
        Json = CatalogJson.Write(customer with { Budgets = Special(customer.Budgets) }),
        Budgets = Specs(customer.Budgets, BudgetLevel.Customer, customer.Id),
    };

    public static CatalogObject Of(Team team) => new()
    {
        Key = new CatalogKey(CatalogKinds.Team, team.Id),
        Json = CatalogJson.Write(team with { Budgets = Special(team.Budgets) }),
        Budgets = Specs(team.Budgets, BudgetLevel.Team, team.Id),
    };

    public static CatalogObject Of(VirtualKey key) => new()
    {
        Key = new CatalogKey(CatalogKinds.VirtualKey, key.Id),
        Json = CatalogJson.Write(key with
        {
            Budgets = Special(key.Budgets),
            Providers = [.. key.Providers.Select(config => config with { Budgets = Special(config.Budgets) })],
        }),
        Active = key.IsActive,
        Budgets =
        [
            .. Specs(key.Budgets, BudgetLevel.VirtualKey, key.Id),
            .. key.Providers.SelectMany(config => Specs(config.Budgets, BudgetLevel.KeyProvider, config.Id)),
        ],
    };

    public static CatalogObject Of(GlobalLimit limit) => new()
    {
        Key = new CatalogKey(CatalogKinds.GlobalLimit, limit.Id),
        Json = CatalogJson.Write(limit with { Budgets = Special(limit.Budgets) }),
        Budgets = Specs(limit.Budgets, LevelOf(limit), limit.Id),
    };

    /// <param name="name"><c>provider/model</c>.</param>
    /// <param name="price">Its price.</param>
    public static CatalogObject Of(string name, ModelPrice price) => new()
    {
        Key = new CatalogKey(CatalogKinds.Price, name),
        Json = CatalogJson.Write(price),
    };

    public static CatalogObject Of(AdminToken token) => new()
    {
        Key = new CatalogKey(CatalogKinds.AdminToken, token.Id),
        Json = CatalogJson.Write(token),
    };

    public static CatalogObject Of(Webhook webhook) => new()
    {
        Key = new CatalogKey(CatalogKinds.Webhook, webhook.Name),
        Json = CatalogJson.Write(webhook),
    };

    public static CatalogObject Of(BrokenBound broken) => new()
    {
        Key = new CatalogKey(CatalogKinds.BrokenBound, broken.Model),
        Json = CatalogJson.Write(broken),
    };

    /// <summary>Says that a provider is drained; deleted, it is not.</summary>
    public static CatalogObject OfDrained(string provider) => new()
    {
        Key = new CatalogKey(CatalogKinds.Provider, provider),
        Json = "{}"u8.ToArray(),
    };

    /// <summary>A limit of all models is its provider's.</summary>
    public static BudgetLevel LevelOf(GlobalLimit limit) => limit.Model == "*" ? BudgetLevel.Provider : BudgetLevel.Model;

    /// <summary>
    /// The budgets of an object whose rows do not say all: those with another rule of admission than the usual one. They are matched by
    /// period; ids may be the store's.
    /// </summary>
    private static ImmutableArray<Budget> Special(ImmutableArray<Budget> budgets) => [.. budgets.Where(budget => budget.Admission != default)];

    private static ImmutableArray<BudgetSpec> Specs(ImmutableArray<Budget> budgets, BudgetLevel level, string ownerId) =>
    [
        .. budgets.Select(budget => new BudgetSpec
        {
            Id = budget.Id,
            Level = level,
            OwnerId = ownerId,
            Period = budget.Period,
            LimitNanos = budget.LimitNanos,
        }),
    ];

    /// <summary>Hashed is what was said, without what was left at its default: a member that a later version adds changes no hash.</summary>
    private static CatalogSeed Seed<T>(CatalogObject of, T said) => new(of, [.. SHA256.HashData(SaidJson.Write(said))]);
}
