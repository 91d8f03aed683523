using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// A hundred callers who mean to spend more than they may, on upstreams that take all they can and lie about it, against budgets of six levels
/// through the real server. What the upstream truly produced, at the price sheet, is within every limit, whenever it is looked at. The limits
/// rise all the time, so that the attackers are always close to them. Longer: <c>scripts/attack-test.sh</c>.
/// </summary>
public sealed class Attackers(PostgresFixture postgres, ITestOutputHelper output) : IAsyncDisposable
{
    private const int Callers = 100;
    private const int SecondsOfCi = 25;
    private const int StepMs = 5_000;
    private const int Keys = 4;
    private const long InputNanos = 2_500;
    private const long OutputNanos = 10_000;

    /// <summary>Each tells something else of what it did, or nothing; all of them take a token a byte and all the output they are allowed.</summary>
    private static readonly string[] s_models =
    [
        "sim-greedy", "sim-greedy-delay-30ms", "sim-greedy-lies-zero", "sim-greedy-lies-negative", "sim-greedy-no-usage", "sim-greedy-lies-late",
        "sim-greedy-usage-names-paced-6x15ms-runs-on", "sim-greedy-usage-total", "sim-greedy-lies-huge", "sim-greedy-reset-headers-runs-on",
        "sim-greedy-words-10-cut-after-3-runs-on", "sim-greedy-hidden-delay-60ms-runs-on",
    ];

    /// <summary>By how much the limits of the six levels rise in each step.</summary>
    private static readonly decimal[] s_steps = [3.0m, 2.2m, 0.9m, 0.8m, 2.6m, 0.7m];

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(100) };
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private int _step = 1;

    [Fact]
    public Task Spend_no_more_than_the_limits_on_sqlite() => AttackAsync(store: null);

    [Fact]
    public async Task Spend_no_more_than_the_limits_on_postgres() => await AttackAsync(await postgres.Server.CreateDatabaseAsync());

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _simulator.DisposeAsync();
    }

    private async Task AttackAsync(string? store)
    {
        var seconds = Number("ATTACK_SECONDS", SecondsOfCi);
        var seed = Number("ATTACK_SEED", Environment.ProcessId);
        await _simulator.StartAsync();
        await using var server = await AdminServer.StartAsync(new AdminServerOptions
        {
            Configuration = Configuration(SimulatorHost.AddressOf(_simulator)), Postgres = store, StoreMayBeAway = true,
        });
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await Task.WhenAll([
            .. Enumerable.Range(0, Callers).Select(caller => CallAsync(server, new Random((seed * 397) ^ caller), stop.Token)),
            RaiseAsync(server, stop.Token)]);
        await QuietAsync(server);

        var entries = await EntriesAsync(server);
        var bill = await BillAsync();
        var spent = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in bill)
        {
            Assert.True(entries.TryGetValue(line.RequestId, out var entry), $"no entry for {line}");
            Assert.True(entry.Cost >= line.Cost, $"booked {entry.Cost} of {line}");
            foreach (var budget in (string[])[.. SharedBudgetsOf(line.Model), $"b-{entry.Key}", $"b-{entry.Key}-sim"])
                spent[budget] = spent.GetValueOrDefault(budget) + line.Cost;
        }

        var told = string.Join(", ", _answers.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"));
        output.WriteLine($"seed {seed}, {seconds} s, {_step} steps, {bill.Count} calls billed; {told}");
        foreach (var (budget, nanos) in spent.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{budget}: {nanos / 1e9m:F9} of {LimitOf(budget):F2} USD"));
        AssertWithin(spent, _step);
        Assert.True(spent["b-team"] > NanosOf("b-team", _step) / 2, "hardly a call was admitted");
        Assert.True(_answers.Where(pair => pair.Key.StartsWith("402", StringComparison.Ordinal)).Sum(pair => pair.Value) > Callers, "no limit was reached");
    }

    /// <summary>Looks at what was produced so far, and raises all limits by a step, until it is told to stop.</summary>
    private async Task RaiseAsync(AdminServer server, CancellationToken stop)
    {
        while (await HasPassedAsync(StepMs, stop))
        {
            var spent = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var line in await BillAsync())
                foreach (var budget in SharedBudgetsOf(line.Model)) spent[budget] = spent.GetValueOrDefault(budget) + line.Cost;
            AssertWithin(spent, _step);

            _step++;
            await PutAsync(server, "customers/customer", new { budgets = Budget("b-customer") });
            await PutAsync(server, "teams/team", new { budgets = Budget("b-team") });
            await PutAsync(server, "providers/sim", new { budgets = Budget("b-provider") });
            foreach (var model in s_models) await PutAsync(server, $"model-configs/{model}", new { budgets = Budget($"b-{model}") });
            for (var key = 0; key < Keys; key++) await PutAsync(server, $"virtual-keys/k{key}", KeyLimits(key));
        }
    }

    private static async Task PutAsync(AdminServer server, string path, object body)
    {
        var json = JsonSerializer.Serialize(body);
        var answer = await Repeats.WhileUnavailableAsync(() => server.PutAsync("/api/governance/" + path, json));
        Assert.True(answer.Status == 200, $"{path}: {answer.Body}");
    }

    private static async Task<bool> HasPassedAsync(int ms, CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static void AssertWithin(Dictionary<string, long> spent, int step) =>
        Assert.All(spent, pair => Assert.True(pair.Value <= NanosOf(pair.Key, step), $"{pair.Key} spent {pair.Value} of {NanosOf(pair.Key, step)}"));

    /// <summary>Calls until it is told to stop; leaves some of its calls early.</summary>
    private async Task CallAsync(AdminServer server, Random random, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            using var leaving = new CancellationTokenSource();
            if (random.Next(3) == 0) leaving.CancelAfter(random.Next(1, 150));
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/v1/chat/completions"))
            {
                Content = new StringContent(Body(random), Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("x-bf-vk", Secret(random.Next(Keys)));
            if (random.Next(3) == 0) request.Headers.Add("x-bf-clamp", random.Next(2) == 0 ? "any" : "never");
            try
            {
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
                var text = await response.Content.ReadAsStringAsync(leaving.Token);
                Count(response.IsSuccessStatusCode ? "200" : $"{(int)response.StatusCode} {TypeIn(text)}");
                if (!response.IsSuccessStatusCode) await Task.Delay(TimeSpan.FromMilliseconds(random.Next(5, 60)), TimeProvider.System, CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
            {
                Count("left");
            }
        }
    }

    private static string Body(Random random)
    {
        var model = s_models[random.Next(s_models.Length)];
        var text = new string('a', random.Next(5) == 0 ? random.Next(1_000, 100_000) : random.Next(1, 500));
        var fields = new List<string> { $"\"model\":\"sim/{model}\"" };
        fields.Add(random.Next(6) switch
        {
            0 => $"\"messages\":[{{\"role\":\"user\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}]",
            1 => $"\"messages\":[{{\"role\":\"user\",\"content\":\"x\",\"note\":\"{text}\"}}]",
            2 => $"\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],\"functions\":[{{\"name\":\"f\",\"description\":\"{text}\"}}]",
            3 => $"\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}]{new string(' ', text.Length)}",
            4 => $"\"messages\":[{{\"role\":\"user\",\"content\":[{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"data:image/png;base64,{text}\"}},\"type\":\"text\",\"text\":\"x\"}}]}}]",
            _ => $"\"messages\":[{{\"role\":\"assistant\",\"tool_calls\":[{{\"id\":\"{text}\"}}]}},{{\"role\":\"user\",\"content\":\"{text}\"}}]",
        });
        switch (random.Next(7))
        {
            case 0: fields.Add("\"max_tokens\":9995000"); break;
            case 1: fields.Add($"\"max_tokens\":{random.Next(1, 4_000)}"); break;
            case 2: fields.Add($"\"max_completion_tokens\":{random.Next(1, 20_000)},\"max_tokens\":{random.Next(1, 20_000)}"); break;
            case 3: fields.Add($"\"n\":{random.Next(1, 5)},\"max_tokens\":{random.Next(1, 3_000)}"); break;
            case 4: fields.Add("\"best_of\":4"); break;
        }

        if (random.Next(3) > 0) fields.Add("\"stream\":true");
        if (random.Next(10) == 0) fields.Add(new[] { "\"service_tier\":\"priority\"", "\"web_search_options\":{}", "\"models\":[\"x\"]", "\"max_output_tokens\":9" }[random.Next(4)]);
        return $"{{{string.Join(',', fields)}}}";
    }

    private void Count(string what) => _answers.AddOrUpdate(what, 1, static (_, count) => count + 1);

    private static string TypeIn(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.GetProperty("type").GetString()!;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return "?";
        }
    }

    private static Task QuietAsync(AdminServer server) => Eventually.UntilAsync(
        async () => (await Repeats.WhileUnavailableAsync(() => server.GetAsync("/api/governance/budgets?limit=1000"))).Json.GetProperty("budgets").EnumerateArray().ToList(),
        all => all.TrueForAll(budget => budget.GetProperty("held_usage").GetDecimal() + budget.GetProperty("in_doubt_usage").GetDecimal() == 0),
        all => string.Join('\n', all));

    private static async Task<Dictionary<Guid, (string Key, long Cost)>> EntriesAsync(AdminServer server)
    {
        var entries = new Dictionary<Guid, (string, long)>();
        for (var after = ""; ;)
        {
            var page = (await Repeats.WhileUnavailableAsync(() => server.GetAsync($"/api/ledger/entries?limit=1000{after}"))).Json.GetProperty("entries");
            foreach (var entry in page.EnumerateArray())
                entries.Add(entry.GetProperty("attempt_id").GetGuid(), (entry.GetProperty("virtual_key_id").GetString()!, entry.GetProperty("cost_nanos").GetInt64()));
            if (page.GetArrayLength() < 1_000) return entries;
            after = $"&after={page[999].GetProperty("attempt_id").GetString()}";
        }
    }

    private async Task<List<BillLine>> BillAsync()
    {
        var bill = await _http.GetStringAsync(new Uri(SimulatorHost.AddressOf(_simulator), "bill"));
        return [.. bill.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(BillLine.Of)];
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string Secret(int key) => $"sk-bf-attack-{key}-0123456789abcdef";

    private static string[] SharedBudgetsOf(string model) => ["b-customer", "b-team", "b-provider", $"b-{model}"];

    private static long NanosOf(string budget, int step) => (long)(StepOf(budget) * step * 1_000_000_000);

    private decimal LimitOf(string budget) => StepOf(budget) * _step;

    private static decimal StepOf(string budget) => budget switch
    {
        "b-customer" => s_steps[0],
        "b-team" => s_steps[1],
        "b-provider" => s_steps[4],
        _ when budget.StartsWith("b-sim", StringComparison.Ordinal) => s_steps[5],
        _ when budget.EndsWith("-sim", StringComparison.Ordinal) => s_steps[3],
        _ => s_steps[2],
    };

    private object[] Budget(string id) => [new { id, max_limit = LimitOf(id), reset_duration = "1Y" }];

    private object KeyLimits(int key) => new
    {
        budgets = Budget($"b-k{key}"),
        provider_configs = new[] { new { provider = "sim", weight = 1, budgets = Budget($"b-k{key}-sim") } },
    };

    private string Configuration(Uri upstream) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["providers"] = new
        {
            sim = new
            {
                network_config = new { base_url = upstream },
                concurrency_and_buffer_size = new { concurrency = 1_000, buffer_size = 1_000 },
                circuit_breaker = new { minimum_throughput = 1_000_000 },
            },
        },
        ["governance"] = new Dictionary<string, object>
        {
            ["customers"] = new[] { new { id = "customer", budgets = Budget("b-customer") } },
            ["teams"] = new[] { new { id = "team", customer_id = "customer", budgets = Budget("b-team") } },
            ["providers"] = new[] { new { name = "sim", budgets = Budget("b-provider") } },
            ["model_configs"] = s_models.Select(model => new { id = model, model_name = model, budgets = Budget($"b-{model}") }),
            ["virtual_keys"] = Enumerable.Range(0, Keys).Select(key => new
            {
                id = $"k{key}",
                value = Secret(key),
                team_id = "team",
                budgets = Budget($"b-k{key}"),
                provider_configs = new[] { new { provider = "sim", weight = 1, budgets = Budget($"b-k{key}-sim") } },
            }),
        },
        ["pricing"] = s_models.ToDictionary(model => "sim/" + model, _ => new
        {
            input_cost_per_token = InputNanos / 1e9,
            output_cost_per_token = OutputNanos / 1e9,
            max_output_tokens = 16_384,
            max_input_tokens = 200_000,
            tokens_per_byte = 1,
            schema_factor = 2,
            supports_reasoning = true,
            max_tokens_per_second = 1_000_000,
        }),
    });

    /// <summary>What the upstream truly produced, whatever it said, at the price sheet.</summary>
    private sealed record BillLine(Guid RequestId, string Model, long Cost)
    {
        public static BillLine Of(string text)
        {
            using var json = JsonDocument.Parse(text);
            var line = json.RootElement;
            return new BillLine(
                line.GetProperty("request_id").GetGuid(),
                line.GetProperty("model").GetString()!,
                (line.GetProperty("prompt_tokens").GetInt64() * InputNanos) + (line.GetProperty("completion_tokens").GetInt64() * OutputNanos));
        }
    }
}
