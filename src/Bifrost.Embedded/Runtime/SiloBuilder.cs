using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Bifrost.Embedded.Runtime;

/// <summary>Registers the engine once, however often it is asked for.</summary>
internal sealed class SiloBuilder(IServiceCollection services, IConfiguration configuration) : ISiloBuilder
{
    public IServiceCollection Services => services;

    public IConfiguration Configuration => configuration;

    public static ISiloBuilder AddTo(IServiceCollection services, IConfiguration configuration)
    {
        foreach (var service in services)
            if (service.ImplementationInstance is SiloBuilder existing) return existing;

        var builder = new SiloBuilder(services, configuration);
        services.AddSingleton(builder);
        services.AddOptions();
        services.AddSingleton<Silo>();
        services.AddSingleton<IGrainFactory, GrainFactory>();
        services.AddSingleton<IHostedService, SiloService>();
        return builder;
    }
}
