using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Dispatch;

public class Slots : DispatcherTest
{
    private readonly Queue<TaskCompletionSource<ProviderReply>> _held = new();

    [Fact]
    public async Task Lets_as_many_run_as_configured_and_the_rest_wait_in_order()
    {
        Hold();
        var provider = Provider() with { Concurrency = 2, QueueMax = 2 };
        var calls = Enumerable.Range(0, 4).Select(_ => DispatchAsync(provider)).ToList();
        Assert.Equal((2, 2), (Desk.Status(provider).CallsRunning, Desk.Status(provider).CallsWaiting));

        var refused = await FailAsync(provider);
        Assert.Equal((FailureKind.QueueFull, 503, ErrorTypes.RequestDropped), (refused.Kind, refused.Status, refused.Type));

        Finish();
        await calls[0];
        await UntilAsync(() => Dialect.Tries.Count == 3);
        Assert.False(calls[2].IsCompleted);
        await FinishAllAsync(calls);
        AssertIdle();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leaves_the_queue_when_the_caller_leaves(bool onlyUnsent)
    {
        Hold();
        var provider = Provider() with { Concurrency = 1 };
        var running = DispatchAsync(provider);
        using var leaving = new CancellationTokenSource();
        var waiting = DispatchAsync(provider, onlyUnsent ? Call() with { AbortUnsent = leaving.Token } : Call() with { Abort = leaving.Token });
        await leaving.CancelAsync();
        Assert.Equal(FailureKind.Aborted, (await waiting).Failure?.Kind);
        Finish();
        await running;
        Assert.Single(Dialect.Tries);
        AssertIdle();
    }

    [Fact]
    public async Task Sends_nothing_of_the_queue_once_the_provider_is_drained()
    {
        Hold();
        var provider = Provider() with { Concurrency = 1 };
        var drained = false;
        var running = Desk.DispatchAsync(provider, Call(), () => drained);
        var waiting = Desk.DispatchAsync(provider, Call(), () => drained);
        drained = true;
        Finish();
        await running.InTimeAsync();
        Assert.Contains("drained", (await waiting.InTimeAsync()).Failure!.Message);
        Assert.Single(Dialect.Tries);
        AssertIdle();
    }

    [Fact]
    public async Task Leaves_the_queue_when_the_requests_time_is_up()
    {
        Hold();
        var provider = Provider() with { Concurrency = 1 };
        var running = DispatchAsync(provider);
        var waiting = DispatchAsync(provider, Call(remainingMs: 3_000));
        Time.Advance(TimeSpan.FromMilliseconds(2_999));
        Assert.False(waiting.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var failure = (await waiting).Failure!;
        Assert.Equal((FailureKind.Timeout, 504), (failure.Kind, failure.Status));
        Finish();
        await running;
        AssertIdle();
    }

    [Fact]
    public async Task Takes_the_time_in_the_queue_off_the_requests_time()
    {
        Hold();
        var provider = Provider() with { Concurrency = 1 };
        var running = DispatchAsync(provider);
        var waiting = DispatchAsync(provider, Call(remainingMs: 10_000));
        Time.Advance(TimeSpan.FromSeconds(4));
        Finish();
        await running;
        await UntilAsync(() => HeldCount == 1);
        Assert.Equal(6_000, Dialect.Tries.Last().RemainingMs);
        Finish();
        await waiting;
    }

    [Fact]
    public async Task Binds_the_next_call_by_a_changed_concurrency()
    {
        Hold();
        var provider = Provider() with { Concurrency = 3 };
        var calls = Enumerable.Range(0, 3).Select(_ => DispatchAsync(provider)).ToList();
        var lowered = provider with { Concurrency = 1 };
        var waiting = DispatchAsync(lowered);
        Finish();
        Finish();
        await Task.WhenAll(calls[..2]);
        Assert.Equal((1, 1), (Desk.Status(lowered).CallsRunning, Desk.Status(lowered).CallsWaiting));
        var raised = DispatchAsync(provider);
        await UntilAsync(() => Dialect.Tries.Count == 5);
        await FinishAllAsync([calls[2], waiting, raised]);
        AssertIdle();
    }

    [Fact]
    public async Task Holds_a_slot_until_the_stream_is_disposed()
    {
        ScriptedStream? stream = null;
        Dialect.Answer = (target, _) => Task.FromResult(ScriptedDialect.Stream(target, out stream));
        var provider = Provider() with { Concurrency = 1, QueueMax = 0 };
        await DispatchAsync(provider);
        Assert.Equal(FailureKind.QueueFull, (await FailAsync(provider)).Kind);
        await stream!.DisposeAsync();
        Assert.Null((await DispatchAsync(provider)).Failure);
    }

    [Fact]
    public async Task Keeps_no_slot_when_a_dialect_breaks_its_contract()
    {
        Dialect.Answer = (_, _) => throw new InvalidOperationException("broken");
        await Assert.ThrowsAsync<InvalidOperationException>(() => DispatchAsync(Provider(Key("a"))));
        AssertIdle();
    }

    [Fact]
    public async Task Loses_no_slot_whatever_callers_and_the_upstream_do()
    {
        var random = new Random(99);
        var (running, most) = (0, 0);
        Dialect.Answer = async (target, call) =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            int roll;
            lock (random) roll = random.Next(4);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            if (roll == 0) return ScriptedDialect.Failure(target, FailureKind.BadRequest, 400);
            if (roll == 1) throw new InvalidOperationException("broken");
            if (roll == 2) return ScriptedDialect.Plain(target);
            return ScriptedDialect.Stream(target, out _);
        };
        var provider = Provider() with { Concurrency = 5, QueueMax = 20 };
        var calls = new List<Task>();
        for (var i = 0; i < 2_000; i++)
        {
            bool leaves;
            lock (random) leaves = random.Next(3) == 0;
            calls.Add(OneAsync(provider, leaves));
            if (i % 10 == 0) await Task.Yield();
        }
        await Task.WhenAll(calls).InTimeAsync();
        Assert.InRange(most, 1, 5);
        AssertIdle();
    }

    private async Task OneAsync(Bifrost.Catalog.Model.Provider provider, bool leaves)
    {
        using var leaving = new CancellationTokenSource();
        var dispatch = Desk.DispatchAsync(provider, Call() with { Abort = leaving.Token });
        if (leaves) await leaving.CancelAsync();
        try
        {
            var reply = await dispatch;
            if (reply.Body is not null) await reply.Body.DisposeAsync();
        }
        catch (InvalidOperationException)
        {
            // One of the scripted breaks.
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen) { }
    }

    /// <summary>From now on tries wait until they are finished by hand, in order.</summary>
    private void Hold() => Dialect.Answer = (_, _) =>
    {
        var held = new TaskCompletionSource<ProviderReply>();
        lock (_held) _held.Enqueue(held);
        return held.Task;
    };

    private int HeldCount
    {
        get { lock (_held) return _held.Count; }
    }

    private async Task FinishAllAsync(IReadOnlyList<Task> calls)
    {
        await UntilAsync(() =>
        {
            while (HeldCount > 0) Finish();
            return calls.All(call => call.IsCompleted);
        });
        await Task.WhenAll(calls);
    }

    private void Finish()
    {
        TaskCompletionSource<ProviderReply> held;
        lock (_held) held = _held.Dequeue();
        held.SetResult(ScriptedDialect.Failure(Dialect.Tries.First(), FailureKind.BadRequest, 400));
    }

    /// <summary>Lets other work run until it has happened; a slot is handed on by the thread pool.</summary>
    private static Task UntilAsync(Func<bool> happened) => Eventually.RepeatAsync(static () => { }, happened);
}
