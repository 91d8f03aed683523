using Bifrost.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Root = Bifrost.Server.Engine;

namespace Bifrost.Engine.Tests;

/// <summary>An ordinary generic host with the engine that this build has, started by the same root as the server's.</summary>
public sealed class EngineHost : IAsyncLifetime
{
    private readonly IHost _host;
    private bool _stopped;

    public EngineHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(Log).SetMinimumLevel(LogLevel.Information);
        // The product's clock stands still in every test here: the engine must not notice.
        builder.Services.AddSingleton<TimeProvider>(ProductClock);
        builder.Services.AddSingleton(new Greeting("hello"));
        builder.Services.AddScoped<Scoped>();
        Root.Use(builder, new EngineOptions
        {
            CollectionQuantum = TimeSpan.FromSeconds(1),
            CollectionAgeByClass = new Dictionary<string, TimeSpan>
            {
                [typeof(ShortLivedGrain).FullName!] = TimeSpan.FromSeconds(2),
                [typeof(CrowdGrain).FullName!] = TimeSpan.FromSeconds(3),
            },
            ResponseTimeout = TimeSpan.FromSeconds(5),
            AddGrainStorage = services => services.AddKeyedSingleton<IGrainStorage>("Default", Storage),
        });
        _host = builder.Build();
    }

    internal static string EngineName => Root.Name;

    internal LogLines Log { get; } = new();

    internal ManualTimeProvider ProductClock { get; } = new();

    internal MemoryGrainStorage Storage { get; } = new();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public async ValueTask InitializeAsync() => await _host.StartAsync();

    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _host.Dispose();
    }
}

/// <summary>A service for grains to be given.</summary>
public sealed record Greeting(string Text);

/// <summary>A service that lives as long as its activation.</summary>
public sealed class Scoped : IDisposable
{
    public string? Key { get; set; }

    public void Dispose() => Stage.Of(Key ?? "").Note("scope disposed");
}

/// <summary>One engine for the whole suite.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection : ICollectionFixture<EngineHost>
{
    public const string Name = "engine";
}
