using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;
using Orleans.Storage;

namespace Bifrost.Server.Silo;

/// <summary>Sets Orleans up: one silo on its own, or a silo of a cluster. The only code that does.</summary>
internal static class SiloSetup
{
    private const string Npgsql = "Npgsql";

    /// <summary>How often idle grains are looked for: not more than the least age that a grain class names, which is a job's 15 s.</summary>
    private static readonly TimeSpan s_collectionQuantum = TimeSpan.FromSeconds(5);

    /// <summary>Adds the silo to the host. Called before the product's own hosted services are added, so that the silo stops after them.</summary>
    public static void Use(IHostApplicationBuilder builder, SiloSettings settings)
    {
        // Orleans runs on real time even where tests give the product a clock that stands still.
        builder.Services.AddKeyedSingleton<TimeProvider>(KeyedService.AnyKey, (_, _) => TimeProvider.System);
        builder.UseOrleans(silo =>
        {
            silo.Configure<GrainCollectionOptions>(collection => collection.CollectionQuantum = s_collectionQuantum);

            // Logs may name what callers sent: they are not shown.
            if (settings.Pages) silo.AddDashboard(static pages => pages.HideTrace = true);
            if (settings.Cluster is { } cluster) UseCluster(silo, cluster);
            else UseThisProcessAlone(silo, settings);
        });
    }

    private static void UseThisProcessAlone(ISiloBuilder silo, SiloSettings settings)
    {
        settings.AddGrainStorage?.Invoke(silo.Services);
        silo.Services.TryAddSingleton(services => services.GetKeyedService<IGrainStorage>("Default")!);
        // Free ports, so that several servers and tests on one machine do not meet.
        silo.UseLocalhostClustering(siloPort: FreePort(), gatewayPort: FreePort());
    }

    private static void UseCluster(ISiloBuilder silo, SiloCluster cluster)
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
