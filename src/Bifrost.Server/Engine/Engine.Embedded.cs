using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Storage;

namespace Bifrost.Server;

/// <summary>The embedded engine: every grain in this process, nothing to install.</summary>
internal static class Engine
{
    public static string Name => "Embedded";

    /// <summary>Adds the engine to the host. Called before the product's own hosted services are added, so that it stops after them.</summary>
    /// <exception cref="InvalidOperationException">A cluster is configured.</exception>
    public static void Use(IHostApplicationBuilder builder, EngineOptions options)
    {
        if (options.Cluster is not null)
            throw new InvalidOperationException("clusters run on Orleans: build with -p:ActorEngine=Orleans");

        options.AddGrainStorage?.Invoke(builder.Services);
        builder.Services.TryAddSingleton(services => services.GetKeyedService<IGrainStorage>("Default")!);
        // Whatever clock the product is given, the engine runs on real time.
        builder.Services.AddKeyedSingleton<TimeProvider>(KeyedService.AnyKey, (_, _) => TimeProvider.System);
        builder.UseOrleans(silo => silo
            .Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = options.CollectionAge;
                collection.CollectionQuantum = options.CollectionQuantum;
                collection.DeactivationTimeout = options.DeactivationTimeout;
                foreach (var (name, age) in options.CollectionAgeByClass) collection.ClassSpecificCollectionAge[name] = age;
            })
            .Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout));
    }
}
