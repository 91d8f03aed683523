using System.Net.Sockets;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bifrost.Server.Tests.Shares;

/// <summary>Idle connections up to the limit of open files ended the process: "Out of memory", SIGABRT.</summary>
public sealed class IdleConnections
{
    private const int FilesMax = 1_024;

    /// <summary>
    /// With few files, connections that came faster than they were closed took all of them: what the first call needed could not be loaded, and then
    /// never was.
    /// </summary>
    [Fact]
    public async Task A_flood_before_the_first_call_leaves_it_all_that_it_needs()
    {
        await using var simulator = SimulatorHost.Create(new SimulatorOptions());
        await simulator.StartAsync(TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("bifrost-connections-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "bifrost.json"), ShareRig.Configuration(SimulatorHost.AddressOf(simulator)));
            await using var server = ServerProcess.Start(
                BuiltServer.StartIn(folder.FullName, "--urls", "http://127.0.0.1:0", "--config", "bifrost.json") with { FilesMax = 600 });
            var address = await server.AddressAsync();
            for (var round = 0; round < 3; round++)
            {
                var flood = await Task.WhenAll(Enumerable.Range(0, 800).Select(i => OpenAsync(address, $"127.0.{2 + (i / 10)}.1")));
                await server.SaysAsync("Limit connections was reached");
                foreach (var socket in flood) socket?.Dispose();
            }

            Assert.Equal(200, await CallAsync(address));
            Assert.DoesNotContain("Could not load", server.Said, StringComparison.Ordinal);
            Assert.DoesNotContain("Too many open files", server.Said, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Sibling: a head that does not end kept its connection for 30 s. The web server keeps the time; here it is that it was told to.</summary>
    [Fact]
    public async Task The_head_of_a_request_has_ten_seconds()
    {
        await using var rig = await ShareRig.StartAsync();
        var limits = rig.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal(TimeSpan.FromSeconds(10), limits.RequestHeadersTimeout);
    }

    [Fact]
    public async Task Idle_connections_up_to_the_limit_of_files_leave_the_server_to_others()
    {
        await using var simulator = SimulatorHost.Create(new SimulatorOptions());
        await simulator.StartAsync(TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("bifrost-connections-");
        var sockets = new List<Socket>();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "bifrost.json"), ShareRig.Configuration(SimulatorHost.AddressOf(simulator)));
            await using var server = ServerProcess.Start(
                BuiltServer.StartIn(folder.FullName, "--urls", "http://127.0.0.1:0", "--config", "bifrost.json") with { FilesMax = FilesMax });
            var address = await server.AddressAsync();
            Assert.Equal(200, await CallAsync(address));
            for (var i = 0; i < FilesMax + 100; i++) await TryOpenAsync("127.0.0.2");
            await server.SaysAsync("Limit connections_address was reached");

            // What one address has not got, another one has; calls reach their upstream and the store.
            for (var i = 0; i < 10; i++) Assert.Equal(200, await CallAsync(address));
            Assert.False(server.HasExited);
            Assert.Single(server.Said.Split("Limit connections_address was reached")[1..]);

            // From many addresses: none is left for anyone, and the process goes on.
            for (var i = 0; i < FilesMax; i++) await TryOpenAsync($"127.0.{3 + (i / 10)}.1");
            await server.SaysAsync("Limit connections was reached");
            foreach (var socket in sockets) socket.Dispose();
            sockets.Clear();
            Assert.Equal(200, await CallAsync(address));

            async Task TryOpenAsync(string from)
            {
                if (await OpenAsync(address, from) is { } socket) sockets.Add(socket);
            }
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Null: it was closed as soon as it was accepted.</summary>
    private static async Task<Socket?> OpenAsync(Uri address, string from)
    {
        try
        {
            return await ShareRig.ConnectAsync(address, from);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>A call on a connection of its own; one that is closed before its answer is tried again, until there is room.</summary>
    private static Task<int> CallAsync(Uri address) => Eventually.UntilAsync(
        async () =>
        {
            using var http = new HttpClient { Timeout = Eventually.Limit };
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, Requests.Chat)) { Content = new StringContent(Requests.Body("sim/sim-echo")) };
            request.Headers.Add("x-bf-vk", ShareRig.Honest);
            try
            {
                using var response = await http.SendAsync(request);
                return (int)response.StatusCode;
            }
            catch (HttpRequestException)
            {
                return 0;
            }
        },
        static status => status is not (0 or 503),
        static status => status.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
