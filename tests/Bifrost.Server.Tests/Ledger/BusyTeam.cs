using System.Globalization;
using System.Text.Json;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// Many busy keys of one team that nears its limit, each with a budget (and so with credit) of its own, through the real server on SQLite:
/// no caller with a call that could be paid is refused for longer than about 5 s. A call may cost all that it holds here; how usual traffic
/// fares is what <see cref="BusyChat"/> measures. A thousand keys: <c>scripts/busy-team.sh 1000</c>.
/// </summary>
public sealed class BusyTeam(ITestOutputHelper output)
{
    private const int KeysOfCi = 200;
    private const int OutputTokensMax = 100;
    private const long TokenNanos = 1_000;
    private const long HoldNanos = OutputTokensMax * TokenNanos;

    /// <summary>Of the team's limit, in holds for each key.</summary>
    private const int HoldsPerKey = 4;

    /// <summary>On a machine that is never late; the core's test of the same name holds less, on its own clock.</summary>
    private static readonly TimeSpan s_refusedMax = TimeSpan.FromSeconds(5);

    /// <summary>Timers, store writes and calls, one after the other, from a refusal to the answer that ends it: each may be as late as the machine.</summary>
    private const int LateSteps = 6;

    /// <summary>The entry of a call that was answered may need so long to be posted.</summary>
    private static readonly TimeSpan s_settles = TimeSpan.FromMilliseconds(200);

    private static readonly int[] s_costs = [20, 40, 60, 80, 100];

    [Fact]
    public async Task Nobody_with_a_payable_call_is_refused_for_long()
    {
        var keys = int.Parse(Environment.GetEnvironmentVariable("BUSY_TEAM_KEYS") ?? $"{KeysOfCi}", CultureInfo.InvariantCulture);
        await using var simulator = SimulatorHost.Create(new SimulatorOptions());
        await simulator.StartAsync();
        await using var server = await AdminServer.StartAsync(
            new AdminServerOptions { Configuration = Configuration(SimulatorHost.AddressOf(simulator), keys), StoreMayBeAway = true });
        using var lateness = new Lateness(server);
        var begun = SteadyLoad.Now;
        var callers = await Task.WhenAll(Enumerable.Range(0, keys).Select(key => CallUntilSpentAsync(server, key)));

        var limit = LimitOf(keys);
        var paid = callers.SelectMany(calls => calls).Where(call => call.IsPaid).OrderBy(call => call.Began).ToArray();
        var spent = paid.Sum(call => call.CostNanos);
        var refused = callers.Sum(calls => calls.Count(call => !call.IsPaid));
        var longest = callers.Select(calls => BusyCall.LongestRefusal(calls, call => IsPayable(call, paid, limit))).OrderDescending().ToArray();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{keys} keys, {(SteadyLoad.Now - begun).TotalSeconds:F1} s: {paid.Length} calls paid, {refused} refused; longest refusal of a payable call "
            + $"{longest[0].TotalSeconds:F2} s; {longest.Count(one => one > TimeSpan.Zero)} callers were refused one, {longest.Count(one => one.TotalSeconds > 5)} for more than 5 s; "
            + $"spent {spent} of {limit}"));
        Assert.InRange(spent, limit - HoldNanos + 1, limit);
        Assert.True(refused > keys, "they never ran against the limit");
        Assert.InRange(longest[0], TimeSpan.Zero, s_refusedMax + (LateSteps * await lateness.WorstAsync()));
    }

    private static long LimitOf(int keys) => keys * HoldsPerKey * HoldNanos;

    private static string Secret(int key) => $"sk-bf-busy-{key:D4}-0123456789abcdef";

    private static string Model(int cost, int delayMs) => $"sim-tokens-1-out-{cost}-delay-{delayMs}ms";

    /// <summary>One call after the other, as polite as clients are, until what is left pays for none.</summary>
    private static async Task<List<BusyCall>> CallUntilSpentAsync(AdminServer server, int key)
    {
        await Task.Yield();
        var random = new Random(key);
        var calls = new List<BusyCall>();
        while (true)
        {
            var cost = s_costs[random.Next(s_costs.Length)];
            var body = $$"""{"model":"sim/{{Model(cost, cost * 10)}}","max_tokens":{{OutputTokensMax}},"messages":[{"role":"user","content":"Hello"}]}""";
            var began = SteadyLoad.Now;
            var answer = await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, Secret(key));
            if (answer.Status == 402) return calls;
            calls.Add(new BusyCall(began, SteadyLoad.Now, answer.Status, cost * TokenNanos));
            if (answer.Status == 200) continue;
            var type = answer.Json.GetProperty("type").GetString();
            Assert.True((answer.Status, type) is (429, "budget_held" or "queue_full") or (503, "ledger_unavailable"), answer.Body);
            await Task.Delay(TimeSpan.FromSeconds(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture)), TimeProvider.System);
        }
    }

    private static bool IsPayable(BusyCall refused, BusyCall[] paid, long limit) => MostOut(refused, paid) + HoldNanos <= limit;

    /// <summary>The most that can have been spent and held at any moment of a refused call: a paid one counts as held while it may have run.</summary>
    private static long MostOut(BusyCall refused, BusyCall[] paid)
    {
        var nanos = 0L;
        foreach (var call in paid)
        {
            if (call.Began > refused.Ended) break;
            nanos += call.Ended + s_settles < refused.Began ? call.CostNanos : HoldNanos;
        }

        return nanos;
    }

    private static string Configuration(Uri upstream, int keys) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["providers"] = new
        {
            sim = new
            {
                network_config = new { base_url = upstream },
                concurrency_and_buffer_size = new { concurrency = 10_000, buffer_size = 10_000 },
                circuit_breaker = new { minimum_throughput = 1_000_000 },
            },
        },
        ["governance"] = new
        {
            teams = new[] { new { id = "busy", budgets = new[] { BudgetOf("b-busy", LimitOf(keys) / 1e9m) } } },
            virtual_keys = Enumerable.Range(0, keys).Select(key => new
            {
                id = $"k{key}",
                value = Secret(key),
                team_id = "busy",
                allow_all_providers = true,
                budgets = new[] { BudgetOf($"b-{key}", 1) },
            }),
        },
        ["pricing"] = s_costs.ToDictionary(
            cost => "sim/" + Model(cost, cost * 10), _ => new { input_cost_per_token = 0, output_cost_per_token = TokenNanos / 1e9, max_output_tokens = 16_384 }),
    });

    private static object BudgetOf(string id, decimal limit) => new { id, max_limit = limit, reset_duration = "1Y", admission = "bound" };
}
