namespace Bifrost.Catalog.Model;

/// <summary>The silo's view of the configuration: one immutable snapshot, swapped whole. Reading it is one volatile read.</summary>
public interface ICatalog
{
    CatalogSnapshot Current { get; }
}
