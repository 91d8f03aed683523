using System.Runtime.CompilerServices;

namespace Bifrost.Engine.Tests;

public class Calls(EngineHost engine) : EngineTest(engine)
{
    [Fact]
    public async Task Exceptions_reach_the_caller_with_their_type_and_message()
    {
        var grain = Grain<ICallGrain>();
        Assert.Equal("at once", (await Assert.ThrowsAsync<RefusedException>(() => grain.ThrowAtOnce("at once").InTime())).Message);
        Assert.Equal("later", (await Assert.ThrowsAsync<RefusedException>(() => grain.ThrowLater("later").InTime())).Message);
        Assert.Equal(4, await grain.Double(2).InTime());
    }

    [Fact]
    public async Task A_call_fails_through_its_task_and_not_before()
    {
        var grain = Grain<ICallGrain>();
        await grain.Double(1).InTime();
        var call = grain.ThrowAtOnce("at once");
        await Assert.ThrowsAsync<RefusedException>(() => call.InTime());
    }

    [Fact]
    public async Task A_caller_waits_no_longer_than_the_response_timeout()
    {
        var grain = Grain<ICallGrain>();
        var started = TimeProvider.System.GetTimestamp();
        var call = grain.Hold();
        await Stage.UntilEntered(1);
        await Assert.ThrowsAsync<TimeoutException>(() => call.InTime());
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 4.5, 15);
        // The callee goes on, and nobody is told.
        Stage.Open();
        await Stage.UntilNoted("answered");
        Assert.Equal(4, await grain.Double(2).InTime());
    }

    [Fact]
    public async Task A_method_may_set_its_own_response_timeout()
    {
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAsync<TimeoutException>(() => Grain<ICallGrain>().HoldBriefly().InTime());
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 4);
        Stage.Open();
    }

    [Fact]
    public async Task A_waiting_call_whose_caller_gave_up_is_not_run()
    {
        var grain = Grain<ICallGrain>();
        var held = grain.Hold();
        await Stage.UntilEntered(1);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.HoldBriefly().InTime());
        Stage.Open();
        await held.InTime();
        await grain.ThrowLater("after it").ContinueWith(_ => { }, TaskScheduler.Default).InTime();
        Assert.Equal(1, Stage.Entered);
    }

    [Fact]
    public async Task Grains_call_each_other()
    {
        // Both are up: on Orleans 10.4.2 two that call each other while they come up can miss each other's call.
        var (a, b) = (Grain<ICallGrain>("-a"), Grain<ICallGrain>("-b"));
        await Task.WhenAll(a.Double(0), b.Double(0)).InTime();
        var answers = await Task.WhenAll(a.Ask(Key + "-b", 1), b.Ask(Key + "-a", 2)).InTime();
        Assert.Equal([3, 5], answers);
    }

    [Fact]
    public async Task A_cycle_of_non_reentrant_grains_ends_in_a_timeout_and_frees_them()
    {
        var a = Grain<ICallGrain>("-a");
        await Assert.ThrowsAsync<TimeoutException>(() => a.PassBriefly(Key + "-b", 3).InTime());
        Assert.Equal(1, await a.Pass(Key + "-c", 1).InTime());
        Assert.Equal(1, await Grain<ICallGrain>("-b").Pass(Key + "-c", 1).InTime());
    }

    [Fact]
    public async Task A_long_chain_of_grains_does_not_exhaust_the_stack()
    {
        const int links = 10_000;
        var gate = Grain<IChainGrain>("-0");
        Assert.Equal(links, await gate.Go(Key, 0, links).InTime());
    }

    /// <summary>Where the stack ends, nested calls go on on another thread; whether that is seen must not depend on the last few frames.</summary>
    [Fact]
    public async Task A_chain_that_meets_the_end_of_the_stack_at_any_depth_goes_on()
    {
        const int links = 10_000, paddings = 32;
        for (var padding = 0; padding < paddings; padding++)
            Assert.Equal(links, await BeginDeeper(padding, () => Grain<IChainGrain>("-0").Go(Key, 0, links)).InTime());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<int> BeginDeeper(int words, Func<Task<int>> begin)
    {
        Span<long> padding = stackalloc long[1 + 16 * words];
        padding[^1] = words;
        var begun = begin();
        return padding[^1] == words ? begun : throw new InvalidOperationException("The stack was overwritten.");
    }

    [Fact]
    public async Task Many_callers_of_many_grains_all_get_their_answers()
    {
        var sum = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            Interlocked.Add(ref sum, await Grain<ICallGrain>($"-{i % 7}").Ask($"{Key}-{i % 7 + 7}", i))).InTime();
        Assert.Equal(Enumerable.Range(0, 20_000).Sum(i => 2L * i + 1), sum);
    }
}
