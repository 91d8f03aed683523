using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>The two shapes of global limits: a provider's own (<c>provider:NAME</c>), and model configs (<c>model:ID</c>).</summary>
public static class GlobalLimits
{
    private const string ProviderPrefix = "provider:";
    private const string ModelPrefix = "model:";

    public static bool IsProvider(GlobalLimit limit) => limit.Id.StartsWith(ProviderPrefix, StringComparison.Ordinal);

    public static string OfProvider(string name) => ProviderPrefix + name;

    public static string OfModelConfig(string id) => ModelPrefix + id;

    public static string ModelConfigId(GlobalLimit limit) =>
        limit.Id.StartsWith(ModelPrefix, StringComparison.Ordinal) ? limit.Id[ModelPrefix.Length..] : limit.Id;

    public static GlobalLimit? Find(CatalogSnapshot catalog, string id) => catalog.GlobalLimits.FirstOrDefault(limit => limit.Id == id);
}
