using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;
using Bifrost.Server.Configuration.Governing;

namespace Bifrost.Server.Configuration;

/// <summary>Puts what was read into version 1 of the catalog.</summary>
internal static class CatalogBuilder
{
    public static CatalogSnapshot Build(
        IReadOnlyDictionary<string, Provider> providers, Governance governance, IReadOnlyDictionary<string, ModelPrice> prices) => new()
    {
        Version = 1,
        Providers = ByName(providers.Values),
        VirtualKeys = governance.VirtualKeys.ToFrozenDictionary(StringComparer.Ordinal),
        Teams = governance.Teams.ToFrozenDictionary(StringComparer.Ordinal),
        Customers = governance.Customers.ToFrozenDictionary(StringComparer.Ordinal),
        GlobalLimits = [.. governance.GlobalLimits],
        Prices = prices.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
    };

    public static FrozenDictionary<string, Provider> ByName(IEnumerable<Provider> providers) =>
        providers.ToFrozenDictionary(provider => provider.Name, StringComparer.OrdinalIgnoreCase);
}
