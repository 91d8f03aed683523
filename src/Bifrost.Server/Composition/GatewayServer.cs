using Bifrost.Catalog.Model;
using Bifrost.Gateway;
using Bifrost.Gateway.Health;
using Bifrost.Server.Configuration;
using Bifrost.Simulator;
using Bifrost.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Server.Composition;

/// <summary>A started gateway. Stopping it drains: no new connections, running calls to their end, every cost booked.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly OpenedSimulator? _simulator;

    private GatewayServer(WebApplication app, OpenedSimulator? simulator) => (_app, _simulator) = (app, simulator);

    /// <summary>Where it listens: the first address.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    public IServiceProvider Services => _app.Services;

    /// <summary>Whether it stops because the files of its store are not where they were.</summary>
    public bool StoreMoved => _app.Services.GetRequiredService<Store>().Moved.IsCompletedSuccessfully;

    /// <summary>A mistake of the configuration that only the store showed, and that it stops for; null: none.</summary>
    public string? Mistake => _app.Services.GetRequiredService<FirstAdminToken>().Mistake;

    public static async Task<GatewayServer> StartAsync(StartOptions options, ServerConfiguration configuration, CancellationToken cancellationToken)
    {
        OpenedSimulator? simulator = null;
        WebApplication? app = null;
        try
        {
            var catalog = configuration.Catalog;
            if (configuration.OpenSimulator)
            {
                simulator = await OpenedSimulator.OpenAsync(new SimulatorOptions { FlushesToSocket = false }, cancellationToken);
                catalog = SimulatorProvider.Opened(catalog, simulator.Address);
            }

            app = ServerComposition.Build(options, configuration, catalog);
            app.Services.OpenBifrostMetrics();
            await app.StartAsync(cancellationToken);
            app.Services.GetRequiredService<Readiness>().Ready();
            var server = new GatewayServer(app, simulator);
            server.Announce(configuration);
            return server;
        }
        catch
        {
            if (app is not null) await app.DisposeAsync();
            if (simulator is not null) await simulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for a signal, then drains.</summary>
    public Task WaitForStopAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        // Whoever waited for a signal has been stopped already, and the host would stop its services again.
        if (!_app.Lifetime.ApplicationStopped.IsCancellationRequested) await _app.StopAsync();
        await _app.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
    }

    private void Announce(ServerConfiguration configuration)
    {
        var log = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Bifrost.Server");
        foreach (var warning in configuration.Warnings) Log.ConfigurationWarning(log, warning);
        if (!configuration.Client.EnforceAuthOnInference) Log.AuthIsOff(log);
        var now = _app.Services.GetRequiredService<ICatalog>().Current;
        var addresses = _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        Log.Listening(log, ProductInfo.Name, ProductInfo.Version, string.Join(", ", addresses), now.Providers.Count, now.VirtualKeys.Count);
        if (configuration is { Store.Kind: StoreKind.Postgres, Cluster: null }) Log.CountsAlone(log);
        _app.Lifetime.ApplicationStopping.Register(() =>
        {
            _app.Services.GetRequiredService<Readiness>().NotReady("stopping");
            Log.Stopping(log, configuration.Limits.DrainSeconds);
        });
        _app.Lifetime.ApplicationStopped.Register(() => Log.Stopped(log));
    }
}
