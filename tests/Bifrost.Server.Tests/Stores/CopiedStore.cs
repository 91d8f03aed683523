using System.Text.Json;

namespace Bifrost.Server.Tests.Stores;

/// <summary>The real server in a folder of its own with a SQLite store, started, stopped, copied and restored as an operator does it.</summary>
internal sealed class CopiedStore : IAsyncDisposable
{
    public const string Key = "sk-bf-copied-0123456789abcdef";
    public const string Budget = "b-copied";
    private const int PageMax = 1_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-copies-");
    private readonly string _store;
    private ServerProcess? _process;
    private AdminServer? _server;

    /// <param name="store">The setting <c>store</c>.</param>
    public CopiedStore(string store = """{ "path": "data/bifrost.db" }""") => _store = store;

    public AdminServer Server => _server!;

    public ServerProcess Process => _process!;

    public string Database => At("data/bifrost.db");

    public string At(string path) => Path.Combine(_folder.FullName, path);

    public async Task StartAsync()
    {
        await StartUnreadyAsync();
        _server = AdminServer.Of(await Process.AddressAsync(), Process);
        _server.StoreMayBeAway = false;
    }

    /// <summary>A start that ends by itself; the exit code.</summary>
    public async Task<int> FailAsync()
    {
        await StartUnreadyAsync();
        return await Process.EndsAsync();
    }

    private async Task StartUnreadyAsync()
    {
        await File.WriteAllTextAsync(At("bifrost.json"), $$"""
            {
              "limits": { "drain_seconds": 5 },
              "store": {{_store}},
              "providers": { "sim": { "circuit_breaker": { "minimum_throughput": 1000000 } } },
              "governance": { "virtual_keys": [
                { "id": "copied", "value": "{{Key}}", "allow_all_providers": true,
                  "budgets": [{ "id": "{{Budget}}", "max_limit": 1000, "reset_duration": "1Y" }] }] },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 0.001, "output_cost_per_token": 0.002, "max_output_tokens": 100 } }
            }
            """);
        _process = ServerProcess.Start(BuiltServer.StartIn(_folder.FullName, "--urls", "http://127.0.0.1:0") with { AdminToken = AdminServer.Token });
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Process.TerminateAsync();
        var code = await Process.EndsAsync();
        await KillAsync();
        return code;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await Server.DisposeAsync();
        _server = null;
    }

    /// <summary>Runs the executable's command in the folder; its exit code and what it wrote.</summary>
    public async Task<(int Code, string Said)> RunAsync(params string[] arguments)
    {
        await using var command = BuiltServer.Start(_folder.FullName, arguments);
        return (await command.EndsAsync(), command.Said);
    }

    public async Task CallAsync(int count, string secret = Key)
    {
        for (var i = 0; i < count; i++) Assert.Equal(200, await Server.CallAsync(secret));
    }

    /// <summary>What the ledger says when no credit is out: every entry, and what the budget has posted.</summary>
    public async Task<(string Entries, int Count, decimal Spent)> BooksAsync()
    {
        var budget = await Eventually.UntilAsync(
            async () => (await Server.GetAsync("/api/governance/budgets?limit=1000")).Json.GetProperty("budgets").EnumerateArray()
                .Single(one => one.GetProperty("id").GetString() == Budget),
            one => one.GetProperty("held_usage").GetDecimal() == 0, one => one.ToString());
        var entries = (await Server.GetAsync($"/api/ledger/entries?limit={PageMax}")).Json.GetProperty("entries");
        Assert.InRange(entries.GetArrayLength(), 0, PageMax - 1);
        var spent = budget.GetProperty("current_usage").GetDecimal();
        Assert.Equal(spent, entries.EnumerateArray().Sum(Cost));
        return (entries.GetRawText(), entries.GetArrayLength(), spent);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_process is not null) await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static decimal Cost(JsonElement entry) => entry.GetProperty("cost_nanos").GetInt64() / 1_000_000_000m;
}
