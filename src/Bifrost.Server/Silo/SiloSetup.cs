using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace Bifrost.Server.Silo;

/// <summary>Sets Orleans up: one silo on its own, or a silo of a cluster. The only code that does.</summary>
internal static class SiloSetup
{
    private const string Invariant = "Npgsql";

    /// <summary>Name of Orleans' own storage, below the one that grains use.</summary>
    private const string Rows = "rows";

    /// <summary>How often idle grains are looked for: not more than the least age that a grain class names, which is a job's 15 s.</summary>
    private static readonly TimeSpan s_collectionQuantum = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_alivePeriod = TimeSpan.FromSeconds(5);

    /// <summary>How long rows of dead silos are kept.</summary>
    private static readonly TimeSpan s_defunctAge = TimeSpan.FromDays(1);

    /// <summary>Adds the silo to the host. Called before the product's own hosted services are added, so that the silo stops after them.</summary>
    public static void Use(IHostApplicationBuilder builder, SiloSettings settings)
    {
        // Orleans runs on real time even where tests give the product a clock that stands still.
        builder.Services.AddKeyedSingleton<TimeProvider>(KeyedService.AnyKey, (_, _) => TimeProvider.System);
        builder.UseOrleans(silo =>
        {
            silo.Configure<GrainCollectionOptions>(collection => collection.CollectionQuantum = s_collectionQuantum);

            if (settings.Traces) silo.AddActivityPropagation();

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
        var database = ConnectionString(cluster.ConnectionString);
        silo.Services.AddSingleton<IFatalErrorHandler, EndOfSilo>();
        silo.AddOutgoingGrainCallFilter<RejectedCalls>();
        silo.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = cluster.ProbeTimeout;

            // A silo that was killed with its whole cluster keeps nobody from joining for longer than three of these.
            membership.IAmAliveTablePublishTimeout = s_alivePeriod;

            // One that stood still and was declared dead meanwhile learns of it within this.
            membership.TableRefreshTimeout = s_alivePeriod;
            membership.DefunctSiloExpiration = s_defunctAge;
        });
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Invariant, database));
        silo.AddAdoNetGrainStorage(Rows, (AdoNetGrainStorageOptions storage) =>
        {
            (storage.Invariant, storage.ConnectionString) = (Invariant, database);
            storage.GrainStorageSerializer = new SystemTextJsonGrainStorageSerializer(Options.Create(new SystemTextJsonGrainStorageSerializerOptions()));
        });
        silo.Services.AddKeyedSingleton<IGrainStorage>("Default", (services, _) => new WholeKeyStorage(services.GetRequiredKeyedService<IGrainStorage>(Rows)));
        silo.Services.TryAddSingleton(services => services.GetRequiredKeyedService<IGrainStorage>("Default"));
        if (cluster.Tls is { } tls) silo.UseTls(tls.Apply);
        silo.ConfigureEndpoints(IPAddress.Parse(cluster.AdvertisedAddress), cluster.SiloPort > 0 ? cluster.SiloPort : FreePort(), cluster.GatewayPort);
    }

    /// <summary>With limits of its own: a database that hangs must not hold a silo's start or a grain's activation up for longer.</summary>
    private static string ConnectionString(string given) => new NpgsqlConnectionStringBuilder(given)
    {
        ApplicationName = "bifrost-orleans",
        MaxPoolSize = 10,
        Timeout = 3,
        CommandTimeout = 4,
    }.ConnectionString;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
