namespace Bifrost.Cluster.Tests.Rig;

/// <summary>One silo of a cluster under test: its process, and calls to its front-end that are never repeated.</summary>
internal sealed class ServedSilo : IAsyncDisposable
{
    private ServedSilo(ServerProcess process, AdminServer http) => (Process, Http) = (process, http);

    public ServerProcess Process { get; }

    public AdminServer Http { get; }

    /// <summary>Starts it and waits until it takes calls.</summary>
    public static async Task<ServedSilo> StartAsync(string folder, string configuration)
    {
        var start = BuiltServer.StartIn(folder, "--urls", "http://127.0.0.1:0", "--config", configuration) with { AdminToken = AdminServer.Token };
        var process = ServerProcess.Start(start);
        try
        {
            var address = await process.AddressAsync();
            await process.ReadyAsync(new Uri(address, "health/ready"));
            return new ServedSilo(process, AdminServer.Of(address, process));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its process ends with the client.</summary>
    public ValueTask DisposeAsync() => Http.DisposeAsync();
}
