using Bifrost.Simulator;

namespace Bifrost.Server.Composition;

/// <summary>The simulator inside this process, on a loopback port. It outlives the drain of the gateway that calls it.</summary>
internal sealed class OpenedSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OpenedSimulator(WebApplication app) => _app = app;

    public Uri Address => SimulatorHost.AddressOf(_app);

    public static async Task<OpenedSimulator> OpenAsync(SimulatorOptions options, CancellationToken cancellationToken)
    {
        var app = SimulatorHost.Create(options);
        await app.StartAsync(cancellationToken);
        return new OpenedSimulator(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
