using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration;

/// <summary>The provider <c>sim</c>: the simulator, opened inside the process unless the configuration gives it an address.</summary>
internal static class SimulatorProvider
{
    public const string Name = "sim";

    /// <summary>Stands for the address until the simulator listens; nothing is ever sent to it.</summary>
    public static readonly Uri Unopened = new("http://127.0.0.1:0");

    public static bool IsBuiltIn(Provider provider) => provider.BaseUrl == Unopened;

    /// <summary>The snapshot with the simulator's real address.</summary>
    public static CatalogSnapshot Opened(CatalogSnapshot catalog, Uri address) => catalog with
    {
        Providers = CatalogBuilder.ByName(
            catalog.Providers.Values.Select(provider => IsBuiltIn(provider) ? provider with { BaseUrl = address } : provider)),
    };
}
