using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bifrost.Server.Composition;
using Bifrost.Server.Configuration;

namespace Bifrost.Testing;

/// <summary>The real server with admin routes, on a store of its own or on a given one.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    public const string Token = "an-admin-token-for-tests-0123456789";

    /// <summary>A crowd that connects at once overflows the server's queue of new connections, and the system then resets some of them.</summary>
    private const int ConnectsAtOnceMax = 64;

    private readonly SemaphoreSlim _connecting = new(ConnectsAtOnceMax);
    private readonly HttpClient _http;
    private readonly IAsyncDisposable _server;

    private AdminServer(Uri address, IAsyncDisposable server)
    {
        (Address, _server) = (address, server);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectCallback = ConnectAsync }) { Timeout = Eventually.Limit };
    }

    public Uri Address { get; }

    /// <summary>The services of a server in this process.</summary>
    public IServiceProvider Services => ((GatewayServer)_server).Services;

    /// <summary>True: a refusal for want of the store is an answer that the test looks for; false: it is the machine's lateness, and the call is repeated.</summary>
    public bool StoreMayBeAway { get; set; }

    public static AdminServerOptions Options => new();

    public static async Task<AdminServer> StartAsync(AdminServerOptions? options = null)
    {
        options ??= new AdminServerOptions();
        var (read, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(options.Json), _ => null);
        Assert.Empty(errors);
        var data = options.DataFolder ?? Directory.CreateTempSubdirectory("bifrost-admin-").FullName;
        var store = options.Postgres is { } connection
            ? new StoreSettings { Kind = StoreKind.Postgres, ConnectionString = connection }
            : new StoreSettings { Path = Path.Combine(data, "bifrost.db") };
        var start = new StartOptions { Urls = "http://127.0.0.1:0", DataFolder = data, AdminToken = options.AdminToken, Output = options.Output };
        var server = await GatewayServer.StartAsync(start, read! with { Store = store }, default);
        return new AdminServer(server.Address, server) { StoreMayBeAway = options.StoreMayBeAway };
    }

    /// <summary>A server in a process of its own whose store a test takes away; its admin token is <see cref="Token"/>.</summary>
    public static AdminServer Of(Uri address, ServerProcess process) => new(address, process) { StoreMayBeAway = true };

    public Task<Answer> GetAsync(string path, string? token = Token) => SendAsync(HttpMethod.Get, path, null, token);

    public Task<Answer> PostAsync(string path, string body = "", string? token = Token) => SendAsync(HttpMethod.Post, path, body, token);

    public Task<Answer> PutAsync(string path, string body, string? token = Token) => SendAsync(HttpMethod.Put, path, body, token);

    public Task<Answer> DeleteAsync(string path, string? token = Token) => SendAsync(HttpMethod.Delete, path, null, token);

    /// <summary>A chat call with a virtual key; its answer's status.</summary>
    public async Task<int> CallAsync(string secret, string model = "sim/sim-echo") =>
        (await SendAsync(HttpMethod.Post, "/v1/chat/completions", Requests.Body(model, "\"max_tokens\":10"), secret)).Status;

    /// <summary>Makes an object and answers it.</summary>
    public async Task<JsonElement> MakeAsync(string path, string field, string body)
    {
        var answer = await PostAsync(path, body);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json.GetProperty(field);
    }

    public Task<JsonElement> MakeKeyAsync(string name, string more = "") =>
        MakeAsync("/api/governance/virtual-keys", "virtual_key", $$"""{"name":"{{name}}","allow_all_providers":true{{(more.Length == 0 ? "" : "," + more)}}}""");

    public async Task<JsonElement> KeyAsync(string id) => (await GetAsync($"/api/governance/virtual-keys/{id}")).Json.GetProperty("virtual_key");

    public Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? token) => StoreMayBeAway
        ? SendOnceAsync(method, path, body, token)
        : Repeats.WhileUnavailableAsync(() => SendOnceAsync(method, path, body, token));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _connecting.Dispose();
        await _server.DisposeAsync();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext connection, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _connecting.WaitAsync(cancel);
        try
        {
            await socket.ConnectAsync(connection.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<Answer> SendOnceAsync(HttpMethod method, string path, string? body, string? token)
    {
        using var request = new HttpRequestMessage(method, Address.ToString().TrimEnd('/') + path);
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), headers);
    }
}

/// <summary>How a test's server starts.</summary>
internal sealed record AdminServerOptions
{
    public string? AdminToken { get; init; } = AdminServer.Token;

    public string? DataFolder { get; init; }

    /// <summary>A connection string; null: SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>As <see cref="AdminServer.StoreMayBeAway"/>.</summary>
    public bool StoreMayBeAway { get; init; }

    public TextWriter Output { get; init; } = TextWriter.Null;

    public string Governance { get; init; } = "{}";

    public string Client { get; init; } = "{}";

    /// <summary>A whole configuration in the place of the one that is made of the parts above.</summary>
    public string? Configuration { get; init; }

    public string Json => Configuration ?? $$$"""
        {
          "client": {{{Client}}},
          "providers": { "sim": { "circuit_breaker": { "minimum_throughput": 1000000 } } },
          "governance": {{{Governance}}},
          "pricing": { "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } }
        }
        """;
}

/// <summary>One server that the tests of a class share; each makes objects of its own names.</summary>
public sealed class AdminFixture : IAsyncLifetime
{
    private AdminServer? _server;

    internal AdminServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await AdminServer.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
