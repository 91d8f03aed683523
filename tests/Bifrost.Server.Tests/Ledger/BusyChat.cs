using System.Globalization;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// The keys of one team run the rest of its budget out with the chat mix of <c>docs/bounds.md</c>, through the real server on SQLite. A caller
/// makes one call after the other, tries again when it is told to, and gives up after four 402 in a row; before the measured part its key has made
/// <see cref="CallsBefore"/> calls. A thousand keys in their own time: <c>scripts/busy-team.sh 1000 bound</c> or <c>estimate</c>; CI runs a few keys, hurried.
/// </summary>
public sealed class BusyChat(ITestOutputHelper output)
{
    private const int KeysOfCi = 10;
    private const int CallsBefore = 10;
    private const int TeachAtOnce = 64;
    private const int ExceededMax = 4;
    private const double ThinkSeconds = 8;
    private const decimal LeftUsdPerKey = 0.06m;
    private const string Model = "sim/sim-asked";
    private const string TeamPath = "/api/governance/teams/busy";

    /// <summary>Far from every limit.</summary>
    private const decimal FarUsd = 1_000_000;

    private static readonly string? s_asked = Environment.GetEnvironmentVariable("BUSY_TEAM_ADMISSION");
    private static readonly string s_admission = s_asked ?? "bound";

    /// <summary>What the callers' and the upstream's times are divided by.</summary>
    private static readonly double s_hurry = s_asked is null ? 50 : 1;

    /// <summary>Of what was left, in hundredths of a percent: a budget of few calls may keep one.</summary>
    private static readonly long s_spentMin = s_asked is null ? 90_00 : 99_50;

    [Fact]
    public async Task A_team_spends_the_rest_of_its_budget_and_no_more()
    {
        var keys = s_asked is null ? KeysOfCi : int.Parse(Environment.GetEnvironmentVariable("BUSY_TEAM_KEYS") ?? "1000", CultureInfo.InvariantCulture);
        await using var simulator = SimulatorHost.Create(new SimulatorOptions());
        await simulator.StartAsync();
        await using var server = await AdminServer.StartAsync(
            new AdminServerOptions { Configuration = Configuration(SimulatorHost.AddressOf(simulator), keys), StoreMayBeAway = true });
        using var turns = new SemaphoreSlim(TeachAtOnce);
        var before = await Task.WhenAll(Enumerable.Range(0, keys).Select(key => TeachAsync(server, key, turns)));
        var left = await LeaveAsync(server, before.Sum(), LeftUsdPerKey * keys);

        var begun = SteadyLoad.Now;
        var callers = await Task.WhenAll(Enumerable.Range(0, keys).Select(key => CallUntilSpentAsync(server, key)));

        var calls = callers.SelectMany(calls => calls).ToArray();
        var paid = new SpentByTime(calls);
        var held = calls.Where(call => call.Try.Status == 429).ToArray();
        var payable = held.Count(call => paid.CouldPay(call.Try, left));
        var longest = callers.Max(calls => BusyCall.LongestRefusal(calls.Select(call => call.Try), one => paid.CouldPay(one, left)));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{keys} keys, {s_admission}, {(SteadyLoad.Now - begun).TotalSeconds:F0} s: {paid.Calls} calls paid; {held.Length} refused with 429, {payable} of them payable, "
            + $"{(double)payable / paid.Calls:F2} a call; {calls.Count(call => call.Try.Status == 402 && paid.CouldPay(call.Try, left))} payable refused with 402; "
            + $"longest refusal of a payable call {longest.TotalSeconds:F1} s; lowered {100.0 * calls.Count(call => call.IsLowered) / paid.Calls:F1} %, "
            + $"cut {100.0 * calls.Count(call => call.IsCut) / paid.Calls:F2} %; spent {100.0 * paid.SpentNanos / left:F3} % of the last {Nanos.Format(left)}"));
        Assert.True(held.Length > 0 || calls.Any(call => call.IsLowered), "they never ran against the limit");
        Assert.InRange(paid.SpentNanos, left * s_spentMin / 100_00, s_admission == "bound" ? left : long.MaxValue);
    }

    /// <summary>Calls whose lengths teach the gateway what is usual; what they cost, in nano-dollars.</summary>
    private static async Task<long> TeachAsync(AdminServer server, int key, SemaphoreSlim turns)
    {
        await Task.Yield();
        var random = new Random(-1 - key);
        var nanos = 0L;
        for (var i = 0; i < CallsBefore; i++)
        {
            var call = HonestMix.Chat.Next(random);
            await turns.WaitAsync();
            var answer = await Repeats.WhileUnavailableAsync(() => SendAsync(server, key, call, TimeSpan.Zero));
            turns.Release();
            Assert.True(answer.Status == 200, answer.Body);
            nanos += CostOf(call.PromptTokens, OutputOf(answer));
        }

        return nanos;
    }

    /// <summary>
    /// Waits until what was spent is booked and no credit is out, which a lowered limit does not call back, and sets the team's limit so far above it;
    /// answers what is left, in nano-dollars.
    /// </summary>
    private static async Task<long> LeaveAsync(AdminServer server, long spentNanos, decimal leftUsd)
    {
        var spent = spentNanos / (decimal)Nanos.PerUsd;
        await Eventually.UntilAsync(
            async () => (await server.GetAsync(TeamPath)).Json.GetProperty("team").GetProperty("budgets")[0],
            budget => budget.GetProperty("current_usage").GetDecimal() == spent && budget.GetProperty("held_usage").GetDecimal() == 0,
            budget => string.Create(CultureInfo.InvariantCulture, $"{budget.GetRawText()}, {spent} spent"));
        var put = await server.PutAsync(TeamPath, JsonSerializer.Serialize(new { budgets = new[] { Budget(null, spent + leftUsd) } }));
        Assert.True(put.Status == 200, put.Body);
        return (long)(leftUsd * Nanos.PerUsd);
    }

    private static async Task<List<ChatTry>> CallUntilSpentAsync(AdminServer server, int key)
    {
        await Task.Yield();
        var random = new Random(key);
        var tries = new List<ChatTry>();
        await Task.Delay(Hurried(ThinkSeconds * random.NextDouble()), TimeProvider.System);
        for (var exceeded = 0; exceeded < ExceededMax;)
        {
            var call = HonestMix.Chat.Next(random);
            var status = await CallUntilAnsweredAsync(server, key, call, tries);
            exceeded = status == 402 ? exceeded + 1 : 0;
            await Task.Delay(Hurried(-ThinkSeconds * Math.Log(1 - random.NextDouble())), TimeProvider.System);
        }

        return tries;
    }

    /// <summary>Tries until the call is answered or refused for good: 200 or 402.</summary>
    private static async Task<int> CallUntilAnsweredAsync(AdminServer server, int key, HonestCall call, List<ChatTry> tries)
    {
        while (true)
        {
            var began = SteadyLoad.Now;
            var answer = await SendAsync(server, key, call, Hurried(call.Duration.TotalSeconds));
            var tokens = answer.Status == 200 ? OutputOf(answer) : call.OutputTokens;
            tries.Add(new ChatTry(
                new BusyCall(began, SteadyLoad.Now, answer.Status, CostOf(call.PromptTokens, tokens)),
                answer.Status == 200 && answer.Header("x-bf-output-clamped") is not null,
                answer.Status == 200 && tokens < call.OutputTokens));
            if (answer.Status is 200 or 402) return answer.Status;
            var type = answer.Json.GetProperty("type").GetString();
            Assert.True((answer.Status, type) is (429, "budget_held" or "queue_full") or (503, "ledger_unavailable"), answer.Body);
            await Task.Delay(TimeSpan.FromSeconds(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture)), TimeProvider.System);
        }
    }

    private static Task<Answer> SendAsync(AdminServer server, int key, HonestCall call, TimeSpan takes)
    {
        var named = call.OutputTokensAsked == 0 ? "" : $"\"max_tokens\":{call.OutputTokensAsked},";
        var script = $"sim-tokens-{call.PromptTokens}-out-{call.OutputTokens}-delay-{(int)takes.TotalMilliseconds}ms";
        var body = $$"""{"model":"{{Model}}",{{named}}"messages":[{"role":"user","content":"{{script}}{{Words(call)}}"}]}""";
        return server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, Secret(key));
    }

    /// <summary>Text of the call's length in which every word is a token, as many as the upstream will count.</summary>
    private static string Words(HonestCall call)
    {
        const string shortWord = " a";
        const string longWord = " about";
        var text = new StringBuilder(call.Content.StringBytes + longWord.Length);
        for (var words = 1; words <= call.PromptTokens; words++)
            text.Append(text.Length * (long)call.PromptTokens < (long)call.Content.StringBytes * words ? longWord : shortWord);
        return text.ToString();
    }

    private static int OutputOf(Answer answer) => answer.Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32();

    private static long CostOf(int promptTokens, int outputTokens) => CostCalculator.Cost(
        HonestMix.Chat.Price, new TokenUsage { PromptTokens = promptTokens, CompletionTokens = outputTokens }).TotalNanos;

    private static TimeSpan Hurried(double seconds) => TimeSpan.FromSeconds(seconds / s_hurry);

    private static string Secret(int key) => $"sk-bf-busy-{key:D4}-0123456789abcdef";

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
            teams = new[] { new { id = "busy", budgets = new[] { Budget("b-busy", FarUsd) } } },
            virtual_keys = Enumerable.Range(0, keys).Select(key => new
            {
                id = $"k{key}",
                value = Secret(key),
                team_id = "busy",
                allow_all_providers = true,
                budgets = new[] { Budget($"b-{key}", FarUsd) },
            }),
        },
        ["pricing"] = new Dictionary<string, object>
        {
            [Model] = new
            {
                input_cost_per_token = UsdOf(HonestMix.Chat.Price.InputNanosPerMillion),
                output_cost_per_token = UsdOf(HonestMix.Chat.Price.OutputNanosPerMillion),
                max_input_tokens = HonestMix.Chat.Price.PromptTokensMax,
                max_output_tokens = HonestMix.Chat.Price.OutputTokensMax,
                tokenizer = HonestMix.Chat.Price.Tokenizer,
                tokens_per_byte = 1,
            },
        },
    });

    private static decimal UsdOf(long nanosPerMillion) => nanosPerMillion / (1_000_000m * Nanos.PerUsd);

    private static Dictionary<string, object> Budget(string? id, decimal limit)
    {
        var budget = new Dictionary<string, object> { ["max_limit"] = limit, ["reset_duration"] = "1Y", ["admission"] = s_admission };
        if (id is not null) budget["id"] = id;
        return budget;
    }

    /// <param name="Try">When it ran and what it cost.</param>
    /// <param name="IsLowered">Whether it ran with a lowered output limit.</param>
    /// <param name="IsCut">Whether that cut its answer.</param>
    private sealed record ChatTry(BusyCall Try, bool IsLowered, bool IsCut);

    /// <summary>What all paid calls cost that had begun by a time.</summary>
    private sealed class SpentByTime
    {
        private readonly TimeSpan[] _began;
        private readonly long[] _nanos;

        public SpentByTime(IEnumerable<ChatTry> calls)
        {
            var paid = calls.Select(call => call.Try).Where(call => call.IsPaid).OrderBy(call => call.Began).ToArray();
            _began = [.. paid.Select(call => call.Began)];
            _nanos = new long[paid.Length + 1];
            for (var i = 0; i < paid.Length; i++) _nanos[i + 1] = _nanos[i] + paid[i].CostNanos;
        }

        public int Calls => _began.Length;

        public long SpentNanos => _nanos[^1];

        /// <summary>Whether a refused try would have fitted beside all that had begun when it was refused.</summary>
        public bool CouldPay(BusyCall refused, long leftNanos)
        {
            var at = Array.BinarySearch(_began, refused.Ended);
            return _nanos[at < 0 ? ~at : at + 1] + refused.CostNanos <= leftNanos;
        }
    }
}
