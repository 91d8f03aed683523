using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bifrost.Server.Composition;
using Bifrost.Server.Configuration;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Shares;

/// <summary>The real server beside attackers and honest callers, who call from addresses of their own on the loopback network.</summary>
internal sealed class ShareRig : IAsyncDisposable
{
    public const string Attacker = "sk-bf-attacker-0123456789abcdef";
    public const string Honest = "sk-bf-honest-0123456789abcdef";
    public const string Off = "sk-bf-off-0123456789abcdef";
    public const string Rare = "sk-bf-rare-0123456789abcdef";
    public const string Single = "sk-bf-single-0123456789abcdef";

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 1_000 });
    private readonly ConcurrentBag<IDisposable> _open = [];
    private GatewayServer? _server;

    private ShareRig()
    {
    }

    public Uri Address => _server!.Address;

    public IServiceProvider Services => _server!.Services;

    /// <summary>The honest caller's, from 127.0.0.1.</summary>
    public HttpClient Http { get; } = new() { Timeout = Eventually.Limit };

    /// <param name="limits">The object of <c>limits</c>.</param>
    /// <param name="provider">Members of the provider sim.</param>
    /// <param name="client">The object of <c>client</c>.</param>
    /// <param name="jobs">The object of <c>jobs</c>.</param>
    public static async Task<ShareRig> StartAsync(string limits = "{}", string provider = "", string client = "{}", string jobs = "{}")
    {
        var rig = new ShareRig();
        await rig._simulator.StartAsync();
        var json = Configuration(SimulatorHost.AddressOf(rig._simulator), limits, provider, client, jobs);
        var (read, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), _ => null);
        Assert.Empty(errors);
        var data = Directory.CreateTempSubdirectory("bifrost-shares-").FullName;
        rig._server = await GatewayServer.StartAsync(
            new StartOptions { Urls = "http://127.0.0.1:0", DataFolder = data, AdminToken = AdminServer.Token },
            read! with { Store = new StoreSettings { Path = Path.Combine(data, "bifrost.db") } },
            TestContext.Current.CancellationToken);
        return rig;
    }

    public static string Configuration(Uri simulator, string limits = "{}", string provider = "", string client = "{}", string jobs = "{}") => $$"""
        {
          "limits": {{limits}},
          "client": {{client}},
          "jobs": {{jobs}},
          "providers": { "sim": { "network_config": { "base_url": {{JsonSerializer.Serialize(simulator)}}, "default_request_timeout_in_seconds": 120 }{{provider}} } },
          "governance": { "virtual_keys": [
            { "id": "attacker", "value": "{{Attacker}}", "allow_all_providers": true },
            { "id": "honest", "value": "{{Honest}}", "allow_all_providers": true },
            { "id": "off", "value": "{{Off}}", "allow_all_providers": true, "is_active": false },
            { "id": "single", "value": "{{Single}}", "allow_all_providers": true, "max_concurrent_requests": 1 },
            { "id": "rare", "value": "{{Rare}}", "allow_all_providers": true,
              "rate_limit": { "request_max_limit": 1, "request_reset_duration": "1h" } }] }
        }
        """;

    /// <summary>A connection of its own from an address of the loopback network, such as 127.0.0.2. Closed with the rig.</summary>
    public static async Task<Socket> ConnectAsync(Uri server, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, server.Port).InTimeAsync();
        return socket;
    }

    /// <summary>Begins a request with a body of so many bytes, and withholds the last one. Answers the connection.</summary>
    public async Task<NetworkStream> WithholdAsync(string secret, int bodyBytes, string from = "127.0.0.2", string path = Requests.Chat)
    {
        var stream = new NetworkStream(await ConnectAsync(Address, from), ownsSocket: true);
        _open.Add(stream);
        await stream.WriteAsync(Head("POST", path, secret, bodyBytes));
        var body = new byte[bodyBytes - 1];
        body.AsSpan().Fill((byte)' ');
        try
        {
            await stream.WriteAsync(body).AsTask().InTimeAsync();
        }
        catch (IOException)
        {
            // It was refused under way, and the connection closed.
        }

        return stream;
    }

    public static byte[] Head(string method, string path, string secret, int bodyBytes, string more = "") => Encoding.ASCII.GetBytes(
        $"{method} {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {secret}\r\nContent-Type: application/json\r\nContent-Length: {bodyBytes}\r\n{more}\r\n");

    /// <summary>What the server writes next on a connection: the head of an answer and what came with it.</summary>
    public static async Task<string> ReadAsync(NetworkStream stream)
    {
        var buffer = new byte[8_192];
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer).AsTask().InTimeAsync());
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A chat call, answered up to its head.</summary>
    public async Task<HttpResponseMessage> CallAsync(string secret, string model, string extra = "", string content = "Hello", CancellationToken leaving = default)
    {
        var body = $$"""{"model":"sim/{{model}}","messages":[{"role":"user","content":"{{content}}"}]{{(extra.Length == 0 ? "" : "," + extra)}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, Requests.Chat)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret}");
        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving);
        _open.Add(response);
        return response;
    }

    /// <summary>A chat call, answered whole.</summary>
    public async Task<Answer> AskAsync(string secret, string model, string extra = "", string content = "Hello") => await Repeats.WhileUnavailableAsync(async () =>
    {
        using var response = await CallAsync(secret, model, extra, content);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), headers);
    });

    /// <summary>How often a limit was reached so far, by the metric.</summary>
    public Task<double> ReachedAsync(string limit) => ReachedAsync(Http, Address, limit);

    public static async Task<double> ReachedAsync(HttpClient http, Uri server, string limit)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/metrics"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {AdminServer.Token}");
        using var response = await http.SendAsync(request);
        var page = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, page);
        var line = page.Split('\n').FirstOrDefault(
            one => one.StartsWith("bifrost_limits_reached", StringComparison.Ordinal) && one.Contains($"limit=\"{limit}\"", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open) open.Dispose();
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await _simulator.DisposeAsync();
    }
}
