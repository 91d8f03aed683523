namespace Bifrost.Engine.Tests;

public class Turns(EngineHost engine) : EngineTest(engine)
{
    [Fact]
    public async Task A_call_runs_to_its_end_before_the_next_begins()
    {
        var grain = Grain<ITurnGrain>();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => grain.AddSlowly())).InTime();
        Assert.Equal(50, await grain.Total());
    }

    [Fact]
    public async Task Segments_of_interleaving_calls_never_run_at_once()
    {
        var grain = Grain<IReentrantGrain>();
        const int callers = 16, times = 2000;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, callers), new ParallelOptions { MaxDegreeOfParallelism = callers }, async (_, _) => await grain.Add(times)).InTime();
        Assert.Equal(callers * times, await grain.Total());
    }

    [Fact]
    public async Task Code_after_an_await_stays_inside_the_turn() => Assert.True(await Grain<ITurnGrain>().KeepsScheduler().InTime());

    [Fact]
    public async Task Code_after_an_await_that_another_thread_ends_waits_for_the_segment_that_runs()
    {
        var grain = Grain<IReturnGrain>();
        var awaiting = grain.Await();
        await grain.Complete().InTime();
        Assert.True(await awaiting.InTime());
    }

    [Fact]
    public async Task A_caller_goes_on_outside_of_the_turn_that_answered_it()
    {
        var grain = Grain<ITurnGrain>();
        using var answered = new ManualResetEventSlim();
        // Inside of it, nobody could answer the second call: the turn would be the waiting caller's.
        var goesOn = grain.AddSlowly().ContinueWith(
            _ => Answers(grain, answered), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Assert.True(await goesOn.InTime());
    }

    private static bool Answers(ITurnGrain grain, ManualResetEventSlim answered)
    {
        _ = TellAsync();
        return answered.Wait(TimeSpan.FromSeconds(10));

        async Task TellAsync()
        {
            await grain.Total();
            answered.Set();
        }
    }

    [Fact]
    public async Task A_callers_synchronization_context_is_not_the_grains()
    {
        var grain = Grain<ITurnGrain>();
        await grain.Total().InTime();
        var before = SynchronizationContext.Current;
        var own = new SynchronizationContext();
        SynchronizationContext.SetSynchronizationContext(own);
        var seen = grain.SeesSynchronizationContext();
        var after = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(before);
        Assert.Same(own, after);
        Assert.False(await seen.InTime());
    }

    [Fact]
    public async Task A_call_that_waited_does_not_run_with_another_callers_ambient_values()
    {
        var grain = Grain<ICallGrain>();
        CallGrain.Ambient.Value = "first";
        var first = grain.Hold();
        await Stage.UntilEntered(1);
        CallGrain.Ambient.Value = "second";
        var second = grain.SeenAmbient();
        CallGrain.Ambient.Value = null;
        Stage.Open();
        await first.InTime();
        Assert.NotEqual("first", await second.InTime());
    }

    [Fact]
    public async Task A_grain_and_its_reference_know_the_key()
    {
        var reference = Grain<ILifecycleGrain>();
        Assert.Equal(Key, reference.GetPrimaryKeyString());
        Assert.StartsWith(Key, await reference.Describe().InTime(), StringComparison.Ordinal);
        Assert.Equal(reference, Grain<ILifecycleGrain>());
        Assert.NotEqual(reference, Grain<ILifecycleGrain>("-other"));
    }
}
