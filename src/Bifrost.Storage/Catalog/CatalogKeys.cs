using Bifrost.Catalog.Store;

namespace Bifrost.Storage.Catalog;

internal static class CatalogKeys
{
    /// <summary>Stands for "no object": a budget that was defined on its own.</summary>
    public static readonly CatalogKey None = new("", "");
}
