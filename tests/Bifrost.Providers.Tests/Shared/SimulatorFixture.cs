using System.Text.Json;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

[assembly: AssemblyFixture(typeof(Bifrost.Providers.Tests.Shared.SimulatorFixture))]

namespace Bifrost.Providers.Tests.Shared;

/// <summary>One simulator for all tests, on a loopback port of its own.</summary>
public sealed class SimulatorFixture : IAsyncLifetime
{
    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 5_000 });
    private readonly HttpClient _http = new();

    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _simulator.StartAsync();
        Address = SimulatorHost.AddressOf(_simulator);
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.StopAsync();
        await _simulator.DisposeAsync();
        _http.Dispose();
    }

    /// <summary>What the upstream received for an attempt.</summary>
    public async Task<(Dictionary<string, string> Headers, string Body)> ReceivedAsync(Guid attemptId)
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Address, $"/calls/{attemptId}")));
        var headers = json.RootElement.GetProperty("headers").EnumerateObject()
            .ToDictionary(header => header.Name, header => string.Join(",", header.Value.EnumerateArray().Select(value => value.GetString())));
        return (headers, json.RootElement.GetProperty("body").GetString()!);
    }
}
