using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Dispatch;

public class Circuits : DispatcherTest
{
    private static readonly CircuitBreaker Rules = new() { MinimumThroughput = 4, FailureRatio = 0.5, BreakMs = 5_000 };

    [Theory]
    [InlineData(FailureKind.Connect)]
    [InlineData(FailureKind.ServerError)]
    [InlineData(FailureKind.Timeout)]
    [InlineData(FailureKind.BadAnswer)]
    public async Task Opens_for_a_provider_that_keeps_failing_and_calls_it_no_more(FailureKind kind)
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        AnswerWith(kind);
        for (var i = 0; i < 4; i++) Assert.Equal(kind, (await FailAsync(provider)).Kind);
        var refused = await FailAsync(provider);
        Assert.Equal((FailureKind.CircuitOpen, 502, 5_000L), (refused.Kind, refused.Status, refused.RetryAfterMs));
        Assert.Equal(4, Dialect.Tries.Count);
        AssertIdle();
    }

    /// <summary>A key's own faults closed the provider's key to everybody: 25 answers 403 or 402, or 404 of a model that is none.</summary>
    [Theory]
    [InlineData(FailureKind.KeyRejected, 403)]
    [InlineData(FailureKind.KeyRejected, 402)]
    [InlineData(FailureKind.ModelNotFound, 404)]
    [InlineData(FailureKind.BadRequest, 400)]
    public async Task Faults_of_a_request_close_nothing_to_others(FailureKind kind, int status)
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Failure(target, kind, status));
        for (var i = 0; i < 25; i++) Assert.Equal(kind, (await FailAsync(provider)).Kind);
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Plain(target));
        Assert.Null((await DispatchAsync(provider)).Failure);
    }

    /// <summary>25 times 500 of one model closed the whole provider.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_that_fails_closes_itself_and_no_other(bool keyless)
    {
        var provider = (keyless ? Provider() : Provider(Key("a"))) with { CircuitBreaker = Rules };
        Dialect.Answer = (target, call) => Task.FromResult(
            call.Model == "bad" ? ScriptedDialect.Failure(target, FailureKind.ServerError) : ScriptedDialect.Plain(target));
        for (var i = 0; i < 25; i++) await FailAsync(provider, Call("bad"));
        Assert.Equal(4, Dialect.Tries.Count);
        for (var i = 0; i < 25; i++) Assert.Null((await DispatchAsync(provider, Call("good"))).Failure);
        Assert.Equal(CircuitState.Closed, StateOf(provider, ""));
    }

    [Fact]
    public async Task A_provider_that_fails_with_several_models_is_closed_as_a_whole()
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        AnswerWith(FailureKind.ServerError);
        for (var i = 0; i < 8; i++) await FailAsync(provider, Call($"model-{i}"));
        Assert.Equal(CircuitState.Open, StateOf(provider, ""));
        Assert.Equal(FailureKind.CircuitOpen, (await FailAsync(provider, Call("another"))).Kind);
    }

    [Fact]
    public async Task A_callers_own_credential_closes_nothing_to_others()
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        Dialect.Answer = (target, call) => Task.FromResult(
            call.DirectKey is null ? ScriptedDialect.Plain(target) : ScriptedDialect.Failure(target, FailureKind.KeyRejected, 401));
        for (var i = 0; i < 25; i++) Assert.Equal(FailureKind.KeyRejected, (await FailAsync(provider, Call() with { DirectKey = "theirs" })).Kind);
        Assert.Null((await DispatchAsync(provider)).Failure);
    }

    [Fact]
    public async Task Models_that_are_made_up_leave_the_failing_one_closed_to_calls()
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        AnswerWith(FailureKind.ServerError);
        for (var i = 0; i < 4; i++) await FailAsync(provider, Call("bad"));
        AnswerWith(FailureKind.RateLimited);
        for (var i = 0; i < 3_000; i++) await FailAsync(provider, Call($"made-up-{i}"));
        Assert.Equal(FailureKind.CircuitOpen, (await FailAsync(provider, Call("bad"))).Kind);
    }

    [Theory]
    [InlineData(FailureKind.BadRequest)]
    [InlineData(FailureKind.ContextTooLong)]
    [InlineData(FailureKind.ModelNotFound)]
    [InlineData(FailureKind.Aborted)]
    public async Task Stays_closed_for_faults_that_are_the_callers(FailureKind kind)
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        AnswerWith(kind);
        for (var i = 0; i < 20; i++) Assert.Equal(kind, (await FailAsync(provider)).Kind);
    }

    [Fact]
    public async Task Probes_with_a_single_call_after_the_break_and_closes_when_it_goes_well()
    {
        var provider = Provider() with { CircuitBreaker = Rules };
        AnswerWith(FailureKind.Connect);
        for (var i = 0; i < 4; i++) await FailAsync(provider);
        Time.Advance(TimeSpan.FromMilliseconds(5_000));

        var held = new TaskCompletionSource<ProviderReply>();
        Dialect.Answer = (_, _) => held.Task;
        var probe = DispatchAsync(provider);
        Assert.Equal(FailureKind.CircuitOpen, (await FailAsync(provider)).Kind);
        held.SetResult(ScriptedDialect.Plain(Dialect.Tries.Last()));
        await probe;
        Assert.Equal(CircuitState.Closed, StateOf(provider, ""));
    }

    [Fact]
    public async Task Sends_the_next_probe_when_the_first_broke_or_its_caller_left()
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        AnswerWith(FailureKind.ServerError);
        for (var i = 0; i < 4; i++) await FailAsync(provider);
        Time.Advance(TimeSpan.FromMilliseconds(5_000));
        Dialect.Answer = (_, _) => throw new InvalidOperationException("broken");
        await Assert.ThrowsAsync<InvalidOperationException>(() => DispatchAsync(provider));
        AnswerWith(FailureKind.Aborted);
        Assert.Equal(FailureKind.Aborted, (await FailAsync(provider)).Kind);
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Plain(target));
        Assert.Null((await DispatchAsync(provider)).Failure);
        Assert.Equal(CircuitState.Closed, StateOf(provider, ""));
    }

    [Theory]
    [InlineData(FailureKind.RateLimited, 429)]
    [InlineData(FailureKind.KeyRejected, 502)]
    public async Task Passes_over_a_key_that_the_provider_keeps_refusing(FailureKind kind, int statusWhenAllRest)
    {
        var provider = Provider(Key("bad"), Key("good")) with { CircuitBreaker = Rules };
        Dialect.Answer = (target, _) => Task.FromResult(target.KeyId == "bad" ? ScriptedDialect.Failure(target, kind, kind == FailureKind.RateLimited ? 429 : 401) : ScriptedDialect.Plain(target));
        for (var i = 0; i < 40; i++) await DispatchAsync(provider);
        Assert.Equal((CircuitState.Open, CircuitState.Closed, CircuitState.Closed), (StateOf(provider, "bad"), StateOf(provider, "good"), StateOf(provider, "")));
        Assert.Equal(4, Dialect.Tries.Count(target => target.KeyId == "bad"));

        var alone = await FailAsync(provider, Call() with { AllowedKeyIds = ["bad"] });
        Assert.Equal((FailureKind.CircuitOpen, statusWhenAllRest), (alone.Kind, alone.Status));
        Assert.Equal(5_000, alone.RetryAfterMs);
    }

    [Fact]
    public async Task Gives_a_key_with_a_new_secret_a_new_chance()
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Failure(target, FailureKind.KeyRejected, 401));
        for (var i = 0; i < 4; i++) await FailAsync(provider);
        Assert.Equal(FailureKind.CircuitOpen, (await FailAsync(provider)).Kind);
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Plain(target));
        Assert.Null((await DispatchAsync(provider with { Keys = [Key("a") with { Value = "rotated" }] })).Failure);
    }

    [Fact]
    public async Task Counts_streams_that_break_under_way()
    {
        var provider = Provider(Key("a")) with { CircuitBreaker = Rules };
        for (var i = 0; i < 4; i++)
        {
            ScriptedStream? stream = null;
            Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Stream(target, out stream));
            await DispatchAsync(provider);
            stream!.Failure = ScriptedDialect.Failure(Dialect.Tries.Last(), FailureKind.BadAnswer).Failure;
            await stream.DisposeAsync();
        }
        Assert.Equal(FailureKind.CircuitOpen, (await FailAsync(provider)).Kind);
        AssertIdle();
    }

    [Fact]
    public async Task Queues_nobody_for_an_open_circuit()
    {
        var provider = Provider() with { CircuitBreaker = Rules, Concurrency = 1 };
        AnswerWith(FailureKind.ServerError);
        for (var i = 0; i < 3; i++) await FailAsync(provider);
        var held = new TaskCompletionSource<ProviderReply>();
        Dialect.Answer = (_, _) => held.Task;
        var running = DispatchAsync(provider);
        var waiting = DispatchAsync(provider);
        held.SetResult(ScriptedDialect.Failure(Dialect.Tries.Last(), FailureKind.ServerError));
        Assert.Equal(FailureKind.ServerError, (await running).Failure?.Kind);
        Assert.Equal(FailureKind.CircuitOpen, (await waiting).Failure?.Kind);
        Assert.Equal(FailureKind.CircuitOpen, (await FailAsync(provider)).Kind);
        AssertIdle();
    }

    private CircuitState StateOf(Provider provider, string keyId) => Desk.Status(provider).Keys.Single(key => key.KeyId == keyId).State;

    private void AnswerWith(FailureKind kind) => Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Failure(target, kind));
}
