using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Storage;

namespace Bifrost.Server;

/// <summary>Real Orleans: a silo of its own, or one of a cluster.</summary>
internal static class Engine
{
    private const string Npgsql = "Npgsql";

    public static string Name => "Orleans";

    /// <summary>Adds the engine to the host. Called before the product's own hosted services are added, so that it stops after them.</summary>
    public static void Use(IHostApplicationBuilder builder, EngineOptions options)
    {
        // Whatever clock the product is given, the engine runs on real time: a frozen clock would freeze Orleans itself.
        builder.Services.AddKeyedSingleton<TimeProvider>(KeyedService.AnyKey, (_, _) => TimeProvider.System);
        builder.UseOrleans(silo =>
        {
            silo.Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = options.CollectionAge;
                collection.CollectionQuantum = options.CollectionQuantum;
                collection.DeactivationTimeout = options.DeactivationTimeout;
                foreach (var (name, age) in options.CollectionAgeByClass) collection.ClassSpecificCollectionAge[name] = age;
            });
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout);
            // Calls from HTTP requests of this process go through the hosted client, which has its own setting.
            silo.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout);
            if (options.Cluster is { } cluster) UseCluster(silo, cluster);
            else UseThisProcessAlone(silo, options);
        });
    }

    private static void UseThisProcessAlone(ISiloBuilder silo, EngineOptions options)
    {
        options.AddGrainStorage?.Invoke(silo.Services);
        silo.Services.TryAddSingleton(services => services.GetKeyedService<IGrainStorage>("Default")!);
        // Free ports, so that several servers and tests on one machine do not meet.
        silo.UseLocalhostClustering(siloPort: FreePort(), gatewayPort: FreePort());
    }

    private static void UseCluster(ISiloBuilder silo, EngineCluster cluster)
    {
        silo.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Npgsql, cluster.ConnectionString));
        silo.AddAdoNetGrainStorageAsDefault((AdoNetGrainStorageOptions storage) =>
            (storage.Invariant, storage.ConnectionString) = (Npgsql, cluster.ConnectionString));
        var siloPort = cluster.SiloPort > 0 ? cluster.SiloPort : FreePort();
        if (cluster.AdvertisedAddress is { } address)
            silo.ConfigureEndpoints(IPAddress.Parse(address), siloPort, cluster.GatewayPort, listenOnAnyHostAddress: true);
        else
            silo.ConfigureEndpoints(siloPort, cluster.GatewayPort, AddressFamily.InterNetwork, listenOnAnyHostAddress: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
