using System.Text.Json;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// A real server whose PostgreSQL can be taken away, or whose files, the upstream with its bill, and two keys of one customer: one with plenty and
/// one whose budget the load reaches.
/// </summary>
internal sealed class FaultRig : IAsyncDisposable
{
    public const string Customer = "b-customer";
    public const string Wide = "sk-bf-wide-0123456789abcdef";
    public const string Tight = "sk-bf-tight-0123456789abcdef";
    private const int TightCalls = 200;
    private const string Fast = "sim-tokens-100-out-50-delay-10ms";
    private const string Slow = "sim-tokens-100-out-50-delay-1500ms";
    private const string Poor = "sim-tokens-100-out-50-delay-20ms";
    private const long CostNanos = (100 * 1_000) + (50 * 2_000);

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private readonly List<AdminServer> _servers = [];

    private readonly PostgresProxy? _proxy;
    private ServerProcess? _process;
    private DirectoryInfo? _folder;

    private FaultRig(PostgresProxy? proxy = null) => _proxy = proxy;

    /// <summary>Before the first server, which is on PostgreSQL.</summary>
    public PostgresProxy Proxy => _proxy!;

    /// <summary>The server on SQLite.</summary>
    public ServerProcess Process => _process!;

    public IReadOnlyList<AdminServer> Servers => _servers;

    /// <param name="connection">A database of the test's own.</param>
    /// <param name="beside">True: a second server, with a way of its own to the database.</param>
    /// <param name="cut">True: the store is away at boot.</param>
    public static async Task<FaultRig> StartAsync(string connection, bool beside = false, bool cut = false)
    {
        var rig = new FaultRig(new PostgresProxy(connection));
        await rig._simulator.StartAsync();
        var options = new AdminServerOptions { Configuration = Configuration(SimulatorHost.AddressOf(rig._simulator)), StoreMayBeAway = true };
        if (cut) rig.Proxy.Cut();
        rig._servers.Add(await AdminServer.StartAsync(options with { Postgres = rig.Proxy.ConnectionString }));
        if (beside) rig._servers.Add(await AdminServer.StartAsync(options with { Postgres = connection }));
        return rig;
    }

    /// <summary>A server in a process of its own, on SQLite.</summary>
    public static async Task<FaultRig> StartOnFilesAsync()
    {
        var rig = new FaultRig();
        await rig._simulator.StartAsync();
        rig._folder = Directory.CreateTempSubdirectory("bifrost-files-");
        await File.WriteAllTextAsync(Path.Combine(rig._folder.FullName, "bifrost.json"), Configuration(SimulatorHost.AddressOf(rig._simulator)));
        var start = BuiltServer.StartIn(rig._folder.FullName, "--urls", "http://127.0.0.1:0", "--config", "bifrost.json");
        rig._process = ServerProcess.Start(start with { AdminToken = AdminServer.Token, SurvivesFileLimit = true });
        rig._servers.Add(AdminServer.Of(await rig._process.AddressAsync(), rig._process));
        return rig;
    }

    /// <summary>The database's, or its log's.</summary>
    public long LargestFileBytes => _folder!.EnumerateFiles("*", SearchOption.AllDirectories).Max(file => file.Length);

    /// <summary>Short calls, long ones, and those of the key that runs out of money.</summary>
    public SteadyLoad Load()
    {
        var load = new SteadyLoad();
        foreach (var server in _servers) load.Add(server, Wide, Body(Fast), 6).Add(server, Wide, Body(Slow), 4).Add(server, Tight, Body(Poor), 1);
        return load;
    }

    /// <summary>Nobody was told anything but what the store's fault accounts for, and the books balance.</summary>
    public async Task BalanceAsync(SteadyLoad load, bool revoked = false)
    {
        Assert.All(load.Calls, call => Assert.True(
            call.Paid || call.Unavailable || call.Status == 402 || (revoked && (call.Status == 403 || (call.Status, call.Type) is (429, "rate_limited")))
                || (call.Status, call.Type) is (429, "budget_held") or (503, "request_dropped"),
            call.ToString()));
        var costs = await Books.BalanceAsync(_servers[^1], SimulatorHost.AddressOf(_simulator), Customer, (prompt, output) => (prompt * 1_000) + (output * 2_000));
        Assert.InRange(costs[Poor], 1, TightCalls * CostNanos);
    }

    public async ValueTask DisposeAsync()
    {
        _proxy?.Heal();
        foreach (var server in _servers) await server.DisposeAsync();
        if (_proxy is not null) await _proxy.DisposeAsync();
        await _simulator.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    public static string Body(string model) =>
        $$"""{"model":"sim/{{model}}","max_tokens":50,"messages":[{"role":"user","content":"{{new string('a', 300)}}"}]}""";

    private static string Configuration(Uri upstream) => $$"""
        {
          "limits": { "drain_seconds": 5 },
          "providers": { "sim": {
            "network_config": { "base_url": {{JsonSerializer.Serialize(upstream)}}, "default_request_timeout_in_seconds": 120 },
            "circuit_breaker": { "minimum_throughput": 1000000 } } },
          "governance": {
            "customers": [{ "id": "c", "budgets": [{ "id": "{{Customer}}", "max_limit": 1000, "reset_duration": "1Y" }] }],
            "virtual_keys": [
              { "id": "wide", "value": "{{Wide}}", "customer_id": "c", "allow_all_providers": true },
              { "id": "tight", "value": "{{Tight}}", "customer_id": "c", "allow_all_providers": true,
                "budgets": [{ "id": "b-tight", "max_limit": {{JsonSerializer.Serialize(TightCalls * CostNanos / 1e9m)}}, "reset_duration": "1Y" }] }] },
          "pricing": {
            "sim/{{Fast}}": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 },
            "sim/{{Slow}}": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 },
            "sim/{{Poor}}": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } }
        }
        """;
}
