using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Dispatch;

/// <summary>What the board shows of a provider.</summary>
public sealed class DispatchFiguresTests : DispatcherTest
{
    [Fact]
    public void Percentiles_are_never_below_the_true_ones_and_at_most_an_eighth_above()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var buckets = new LatencyBuckets();
            var times = Enumerable.Range(0, random.Next(1, 400)).Select(_ => (long)Math.Pow(2, random.NextDouble() * 21)).Order().ToArray();
            foreach (var time in times) buckets.Add(time);
            foreach (var permille in (int[])[500, 950, 990, 1_000])
            {
                var exact = times[(int)Math.Ceiling(times.Length * permille / 1_000.0) - 1];
                Assert.InRange(buckets.AtMost(permille)!.Value, exact, exact + (exact / 8));
            }
        }
    }

    [Fact]
    public void Nothing_answered_has_no_percentiles()
    {
        var buckets = new LatencyBuckets();
        Assert.Null(buckets.AtMost(500));
        buckets.Add(-1);
        buckets.Add(long.MaxValue);
        Assert.Equal(0, buckets.AtMost(500));
    }

    [Fact]
    public async Task Calls_latency_and_errors_are_those_of_the_last_minute()
    {
        Dialect.Answer = (target, _) =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(ScriptedDialect.Plain(target));
        };
        for (var i = 0; i < 99; i++) await DispatchAsync(Provider());
        Dialect.Answer = (target, _) =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(5_000));
            return Task.FromResult(ScriptedDialect.Failure(target, FailureKind.ServerError));
        };
        await FailAsync(Provider());

        var figures = Figures();
        Assert.Equal((100, 1), (figures.Calls, figures.Failures));
        Assert.InRange(figures.LatencyP50Ms!.Value, 100, 112);
        Assert.InRange(figures.LatencyP99Ms!.Value, 100, 112);
        Assert.Equal((FailureKind.ServerError, 1), (Assert.Single(figures.Errors).Kind, figures.Errors[0].Count));
        Assert.InRange(figures.WindowMs, 14_900, 60_000);

        Time.Advance(TimeSpan.FromSeconds(61));
        figures = Figures();
        Assert.Equal((0, 0), (figures.Calls, figures.Failures));
        Assert.Null(figures.LatencyP50Ms);
        Assert.Empty(figures.Errors);
    }

    [Fact]
    public async Task A_refusal_is_an_error_and_no_call()
    {
        var pending = new TaskCompletionSource<ProviderReply>();
        Dialect.Answer = (_, _) => pending.Task;
        var one = Provider() with { Concurrency = 1, QueueMax = 0 };
        var first = DispatchAsync(one);
        Assert.Equal(FailureKind.QueueFull, (await FailAsync(one)).Kind);
        Assert.Equal((0, 0), (Figures().Calls, Figures().Failures));
        Assert.Equal((FailureKind.QueueFull, 1), (Assert.Single(Figures().Errors).Kind, Figures().Errors[0].Count));
        pending.SetResult(ScriptedDialect.Plain(Dialect.Tries.First()));
        await first;
        Assert.Equal(1, Figures().Calls);
    }

    [Fact]
    public async Task A_caller_who_left_is_no_failure_of_the_provider()
    {
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Failure(target, FailureKind.Aborted));
        await FailAsync(Provider());
        Assert.Equal((1, 0), (Figures().Calls, Figures().Failures));
        Assert.Empty(Figures().Errors);
    }

    [Fact]
    public async Task A_stream_that_breaks_after_its_answer_is_one_failure()
    {
        ScriptedStream? stream = null;
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Stream(target, out stream));
        var reply = await DispatchAsync(Provider());
        Assert.Equal((1, 0), (Figures().Calls, Figures().Failures));
        stream!.Failure = ScriptedDialect.Failure(Dialect.Tries.First(), FailureKind.BadAnswer).Failure;
        await reply.Body!.DisposeAsync();
        Assert.Equal((1, 1), (Figures().Calls, Figures().Failures));
        Assert.Equal(FailureKind.BadAnswer, Assert.Single(Figures().Errors).Kind);
    }

    [Fact]
    public async Task The_last_429_of_a_key_is_shown_with_its_retry_after()
    {
        var provider = Provider(Key("k"), Key("other", weight: 0));
        Dialect.Answer = (target, _) => Task.FromResult(new ProviderReply
        {
            Status = 429,
            KeyId = target.KeyId,
            Sent = true,
            Failure = new ProviderFailure { Kind = FailureKind.RateLimited, Status = 429, Type = "t", Message = "m", RetryAfterMs = 7_000 },
        });
        await FailAsync(provider);
        Time.Advance(TimeSpan.FromSeconds(3));
        var keys = Desk.Status(provider).Keys;
        var limited = keys.Single(key => key.KeyId == "k");
        Assert.Equal((3_000L, 7_000L), (limited.RateLimitedAgoMs!.Value, limited.RetryAfterMs!.Value));
        Assert.Null(keys.Single(key => key.KeyId == "other").RateLimitedAgoMs);
        Assert.Null(keys.Single(key => key.KeyId.Length == 0).RateLimitedAgoMs);
    }

    [Fact]
    public async Task An_open_circuit_says_why_and_when_it_is_probed()
    {
        var provider = Provider() with { CircuitBreaker = new() { MinimumThroughput = 1, FailureRatio = 0.5, BreakMs = 30_000, SamplingMs = 10_000 } };
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Failure(target, FailureKind.Connect));
        await FailAsync(provider);
        Time.Advance(TimeSpan.FromSeconds(10));
        var circuit = Desk.Status(provider).Keys.Single(key => key.KeyId.Length == 0);
        Assert.Equal((CircuitState.Open, 20_000L, FailureKind.Connect), (circuit.State, circuit.ProbeInMs, circuit.Cause!.Value));
    }

    [Fact]
    public async Task Each_model_has_figures_of_its_own_and_the_busiest_come_first()
    {
        Dialect.Answer = (target, call) => Task.FromResult(
            call.Model == "bad" ? ScriptedDialect.Failure(target, FailureKind.ServerError) : ScriptedDialect.Plain(target));
        for (var i = 0; i < 3; i++) await DispatchAsync(Provider(), Call() with { Model = "good" });
        await DispatchAsync(Provider(), Call() with { Model = "bad" });

        Assert.Equal([("good", 3, 0), ("bad", 1, 1)], Models().Select(each => (each.Model, each.Figures.Calls, each.Figures.Failures)));
        Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Empty(Models());
    }

    [Fact]
    public async Task Callers_who_make_up_models_take_no_more_memory_and_hide_no_busy_one()
    {
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Plain(target));
        for (var i = 0; i < 5; i++) await DispatchAsync(Provider(), Call() with { Model = "real" });
        for (var i = 0; i < 3 * ModelFigures.KeptMax; i++) await DispatchAsync(Provider(), Call() with { Model = $"made-up-{i}" });

        Assert.Equal(ProviderStatus.ModelsMax, Models().Length);
        Assert.Equal(["", "real"], Models().Take(2).Select(each => each.Model));
        Assert.Equal((2 * ModelFigures.KeptMax) + 1, Models()[0].Figures.Calls);
    }

    private ImmutableArray<ModelReport> Models() => Desk.Status(null).Models!.Value;

    private ProviderFigures Figures() => Desk.Status(null).Figures!;
}
