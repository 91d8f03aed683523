using Bifrost.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Root = Bifrost.Server.Engine;

namespace Bifrost.Engine.Tests;

/// <summary>Tests that start and stop an engine of their own.</summary>
[Collection(EngineCollection.Name)]
public class Hosts
{
    [Fact]
    public async Task A_graceful_stop_ends_every_activation_after_its_calls()
    {
        await using var engine = new EngineHost();
        await engine.InitializeAsync();
        var keys = Enumerable.Range(0, 100).Select(i => $"stop-{Guid.CreateVersion7():N}-{i}").ToArray();
        foreach (var key in keys) await engine.Grains.GetGrain<ILifecycleGrain>(key).Who().InTime();
        var busy = engine.Grains.GetGrain<ILifecycleGrain>(keys[0]).EndHolding();
        await Stage.Of(keys[0]).UntilEntered(1);

        var stop = engine.StopAsync();
        Stage.Of(keys[0]).Open();
        await stop.InTime();

        Assert.NotEqual(Guid.Empty, await busy.InTime());
        Assert.Equal(["activated", "held", "deactivated ApplicationRequested"], Stage.Of(keys[0]).Notes.Take(3));
        foreach (var key in keys[1..])
            Assert.Contains(Stage.Of(key).Notes, note => note.StartsWith("deactivated", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_grain_comes_up_after_the_stop()
    {
        await using var engine = new EngineHost();
        await engine.InitializeAsync();
        var grains = engine.Grains;
        await engine.StopAsync().InTime();
        var key = $"late-{Guid.CreateVersion7():N}";
        // By reference, made before or after: the call fails, through its task.
        await Assert.ThrowsAnyAsync<Exception>(() => grains.GetGrain<ILifecycleGrain>(key).Who().InTime());
        Assert.Empty(Stage.Of(key).Notes);
    }

    [Fact]
    public async Task The_embedded_engine_names_itself_when_it_starts()
    {
        Assert.SkipUnless(Root.Name == "Embedded", "This build runs on Orleans.");
        await using var engine = new EngineHost();
        await engine.InitializeAsync();
        Assert.Contains(engine.Log.All, line => line.Contains("Actor engine: Embedded", StringComparison.Ordinal));
    }

    [Fact]
    public void The_embedded_engine_refuses_a_cluster()
    {
        Assert.SkipUnless(Root.Name == "Embedded", "This build runs on Orleans.");
        var refused = Assert.Throws<InvalidOperationException>(() => Root.Use(
            Host.CreateEmptyApplicationBuilder(new()), new EngineOptions { Cluster = new EngineCluster { ConnectionString = "Host=db" } }));
        Assert.Equal("clusters run on Orleans: build with -p:ActorEngine=Orleans", refused.Message);
    }

    [Fact]
    public async Task A_collection_age_that_no_quantum_fits_in_stops_the_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        Root.Use(builder, new EngineOptions { CollectionAge = TimeSpan.FromSeconds(1), CollectionQuantum = TimeSpan.FromSeconds(2) });
        using var host = builder.Build();
        await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync().InTime());
    }

    [Fact]
    public async Task A_host_without_grain_storage_starts_and_calls_grains_without_state()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        Root.Use(builder, new EngineOptions());
        using var host = builder.Build();
        await host.StartAsync().InTime();
        var key = $"no-storage-{Guid.CreateVersion7():N}";
        Assert.Equal(0, await host.Services.GetRequiredService<IGrainFactory>().GetGrain<ITurnGrain>(key).Total().InTime());
        await host.StopAsync().InTime();
    }
}
