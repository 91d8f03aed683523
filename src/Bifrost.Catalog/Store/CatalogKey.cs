using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Store;

/// <summary>Names one catalog object. Kinds stand in <see cref="CatalogKinds"/>.</summary>
public sealed record CatalogKey(string Kind, string Id);

/// <summary>The kinds of objects in the catalog; also the owner kinds of budgets.</summary>
public static class CatalogKinds
{
    public const string VirtualKey = "virtual_key";
    public const string Team = "team";
    public const string Customer = "customer";
    /// <summary>What an operator decided about a provider; the provider itself is the configuration's.</summary>
    public const string Provider = "provider";

    public const string GlobalLimit = "global_limit";
    public const string Price = "price";
    public const string AdminToken = "admin_token";
    public const string Webhook = "webhook";

    /// <summary>A model that charged more than its bound.</summary>
    public const string BrokenBound = "broken_bound";
}
