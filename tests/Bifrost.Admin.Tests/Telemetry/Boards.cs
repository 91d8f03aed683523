using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bifrost.Admin.Tests.Telemetry;

/// <summary>
/// What <c>deploy/observability</c> asks for is what the real server tells: a real Prometheus scrapes it, and every query of the dashboards has data
/// after a load, every alert is evaluated. Skipped where Prometheus is missing, never in CI.
/// </summary>
public sealed partial class Boards
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "deploy", "observability");

    private const string Configuration = """
        {
          "providers": {
            "sim": {},
            "away": { "keys": [{ "value": "k" }], "network_config": { "base_url": "http://127.0.0.1:9" }, "custom_provider_config": { "base_provider_type": "openai" } }
          },
          "pricing": { "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 }, "away/m": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } },
          "governance": { "virtual_keys": [
            { "id": "k", "name": "k", "value": "sk-bf-11111111-2222-3333-4444-555555555555", "allow_all_providers": true, "budgets": [{ "max_limit": 10, "reset_duration": "1d" }] },
            { "id": "poor", "name": "poor", "value": "sk-bf-21111111-2222-3333-4444-555555555555", "allow_all_providers": true, "budgets": [{ "max_limit": 0.000000001, "reset_duration": "1d" }] }
          ] },
          "observability": { "metrics": { "budgets": 10 } }
        }
        """;

    [Fact]
    public async Task Every_query_has_data_after_a_load_and_every_alert_is_evaluated()
    {
        var inCi = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };
        Assert.SkipUnless(inCi || Executables.Find("prometheus") is not null, "prometheus is not installed");
        await using var server = await AdminServer.StartAsync(AdminServer.Options with { Configuration = Configuration });
        await using var prometheus = await PrometheusServer.StartAsync(server.Address, AdminServer.Token, Path.Combine(s_folder, "prometheus", "rules.yml"));

        // Rates need figures from before and after.
        await Eventually.UntilAsync(async () => (await prometheus.QueryAsync("up == 1")).Count == 1);
        await LoadAsync(server);
        await Eventually.UntilAsync(async () => (await prometheus.QueryAsync("rate(bifrost_jobs_ended_total[5m]) > 0")).Count > 0);
        await LoadAsync(server);
        await Eventually.UntilAsync(async () => (await prometheus.QueryAsync("rate(bifrost_settlement_duration_seconds_count[5m]) > 0")).Count > 0);

        var empty = new List<string>();
        foreach (var (board, query) in Queries())
            if ((await prometheus.QueryAsync(query)).Count == 0) empty.Add($"{board}: {query}");
        Assert.Empty(empty);

        await Eventually.UntilAsync(async () => (await prometheus.AlertsAsync()).All(static alert => alert.GetProperty("health").GetString() != "unknown"));
        var alerts = await prometheus.AlertsAsync();
        Assert.InRange(alerts.Count, 15, 100);
        Assert.All(alerts, static alert =>
        {
            Assert.Equal("ok", alert.GetProperty("health").GetString());
            Assert.True(File.Exists(Path.Combine(Repository.Root, alert.GetProperty("annotations").GetProperty("runbook").GetString()!)), alert.ToString());
        });

        // An alert on a name that nobody tells would never fire.
        foreach (var name in alerts.SelectMany(static alert => Names(alert.GetProperty("query").GetString()!)).Distinct())
            Assert.True((await prometheus.QueryAsync(name)).Count > 0, $"{name} is not told");
    }

    [Fact]
    public async Task Rules_are_well_formed()
    {
        var inCi = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };
        Assert.SkipUnless(inCi || Executables.Find("promtool") is not null, "promtool is not installed");
        foreach (var arguments in new[] { new[] { "check", "rules", "rules.yml" }, ["test", "rules", "rules.test.yml"], ["check", "config", "--syntax-only", "prometheus.yml"] })
        {
            var start = new ProcessStartInfo("promtool") { WorkingDirectory = Path.Combine(s_folder, "prometheus"), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            foreach (var argument in arguments) start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).InTimeAsync();
            await process.WaitForExitAsync().InTimeAsync();
            Assert.True(process.ExitCode == 0, string.Join('\n', said));
        }
    }

    /// <summary>The names that alerts, boards and runbooks use are of the list in docs/operations.md or of the frameworks.</summary>
    [Fact]
    public async Task Runbooks_speak_of_metrics_that_are_there()
    {
        await using var server = await AdminServer.StartAsync(AdminServer.Options with { Configuration = Configuration });
        await LoadAsync(server);
        var page = PrometheusPage.Read((await server.GetAsync("/metrics")).Body);
        var known = page.Names.Concat(page.Names.Where(name => page.TypeOf(name) == "histogram").SelectMany(static name => new[] { name + "_bucket", name + "_count", name + "_sum" })).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "runbooks"), "*.md"))
        {
            var unknown = Names(await File.ReadAllTextAsync(file)).Where(name => !known.Contains(name)).ToList();
            Assert.True(unknown.Count == 0, $"{Path.GetFileName(file)}: {string.Join(", ", unknown)}");
        }
    }

    private static IEnumerable<(string Board, string Query)> Queries()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(s_folder, "grafana"), "*.json").Order(StringComparer.Ordinal))
        {
            using var board = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var panel in board.RootElement.GetProperty("panels").EnumerateArray())
            {
                if (!panel.TryGetProperty("targets", out var targets)) continue;
                foreach (var target in targets.EnumerateArray()) yield return (Path.GetFileName(file), target.GetProperty("expr").GetString()!);
            }
        }
    }

    private static IEnumerable<string> Names(string text) => MetricName().Matches(text).Select(static match => match.Value)
        .Where(static name => name is not ("gen_ai_provider_name" or "gen_ai_request_model" or "gen_ai_token_type")).Distinct();

    /// <summary>Calls of every kind that boards show.</summary>
    private static async Task LoadAsync(AdminServer server)
    {
        const string key = "sk-bf-11111111-2222-3333-4444-555555555555";
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, await server.CallAsync(key));
            Assert.Equal(200, (await server.PostAsync("/v1/chat/completions", Requests.Body("sim/sim-echo", "\"max_tokens\":10,\"stream\":true"), key)).Status);
            Assert.Equal(200, (await server.PostAsync("/v1/chat/completions", Requests.Body("away/m", "\"fallbacks\":[\"sim/sim-echo\"]"), key)).Status);
            Assert.Equal(402, await server.CallAsync("sk-bf-21111111-2222-3333-4444-555555555555"));
            var job = await server.PostAsync("/v1/async/chat/completions?wait=60", Requests.Body("sim/sim-echo", "\"max_tokens\":10"), key);
            Assert.Equal(200, job.Status);
        }

        Assert.Equal(400, (await server.PostAsync("/v1/async/chat/completions", "{}", key)).Status);
    }

    [GeneratedRegex(@"\b(?:bifrost|gen_ai|http_server|dotnet|orleans|process_start)_[a-z_]+(?<!_)(?=[\s{}\[\])`,]|$)(?!=)")]
    private static partial Regex MetricName();
}
