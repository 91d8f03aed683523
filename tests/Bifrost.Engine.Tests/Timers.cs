namespace Bifrost.Engine.Tests;

public class Timers(EngineHost engine) : EngineTest(engine)
{
    [Fact]
    public async Task Tick_again_and_again()
    {
        await Grain<ITimerGrain>().Start(dueMs: 1, periodMs: 5).InTime();
        await Stage.UntilNoted("tick", 5);
    }

    [Fact]
    public async Task Tick_once_without_a_period_until_they_are_changed()
    {
        var grain = Grain<ITimerGrain>();
        await grain.Start(dueMs: 0, periodMs: -1).InTime();
        await Stage.UntilNoted("tick");
        await Metronome(10);
        Assert.Equal(1, Stage.Entered);
        await grain.Change(dueMs: 1, periodMs: 5).InTime();
        await Stage.UntilNoted("tick", 3);
    }

    [Fact]
    public async Task Do_not_overlap_themselves()
    {
        await Grain<ITimerGrain>().StartHolding(periodMs: 1, interleave: true).InTime();
        await Stage.UntilEntered(1);
        await Metronome(20);
        Assert.Equal(1, Stage.Entered);
        Stage.Open();
        await Stage.UntilNoted("tick", 3);
        Assert.Equal(1, Stage.Peak);
    }

    [Fact]
    public async Task Wait_for_a_call_that_runs_unless_they_interleave()
    {
        var grain = Grain<ITimerGrain>();
        var other = Grain<ITimerGrain>("-interleaving");
        await grain.Start(dueMs: 50, periodMs: 5).InTime();
        await other.StartHolding(periodMs: 5, interleave: true).InTime();
        Task[] held = [grain.Hold(Key + "-held"), other.Hold(Key + "-held")];
        await Stage.Of(Key + "-held").UntilEntered(2);
        await Stage.Of(Key + "-interleaving").UntilEntered(1);
        await Metronome(20);
        var ticksMeanwhile = Stage.Entered;
        Stage.Of(Key + "-held").Open();
        await Task.WhenAll(held).InTime();
        Assert.Equal(0, ticksMeanwhile);
        await Stage.UntilNoted("tick", 2);
        Stage.Of(Key + "-interleaving").Open();
    }

    [Fact]
    public async Task Hold_back_calls_while_they_tick()
    {
        var grain = Grain<ITimerGrain>();
        await grain.StartHolding(periodMs: 1000, interleave: false).InTime();
        await Stage.UntilEntered(1);
        var call = grain.Stop();
        await grain.Ping().InTime();
        Assert.False(call.IsCompleted);
        Stage.Open();
        await call.InTime();
    }

    [Fact]
    public async Task Go_on_after_a_tick_that_failed()
    {
        await Grain<ITimerGrain>().StartFailing(periodMs: 5).InTime();
        await Stage.UntilNoted("tick", 3);
    }

    [Fact]
    public async Task Stop_when_disposed()
    {
        var grain = Grain<ITimerGrain>();
        await grain.Start(dueMs: 1, periodMs: 5).InTime();
        await Stage.UntilNoted("tick", 2);
        await grain.Stop().InTime();
        await AssertQuiet();
    }

    [Fact]
    public async Task End_with_their_activation()
    {
        var grain = Grain<ITimerGrain>();
        await grain.Start(dueMs: 1, periodMs: 5).InTime();
        await Stage.UntilNoted("tick", 2);
        await grain.End().InTime();
        await Stage.UntilNoted("end");
        await Stage.UntilNoted("token cancelled");
        await AssertQuiet();
    }

    private async Task AssertQuiet()
    {
        // Asked after the timer is gone, so no tick can be on its way any more.
        var ticks = Stage.Entered;
        await Metronome(20);
        Assert.Equal(ticks, Stage.Entered);
    }

    /// <summary>Real time by events: another grain's timer has ticked so often, 5 ms apart.</summary>
    private async Task Metronome(int ticks)
    {
        var key = $"{Key}-metronome-{Guid.CreateVersion7():N}";
        var grain = Engine.Grains.GetGrain<ITimerGrain>(key);
        await grain.Start(dueMs: 5, periodMs: 5).InTime();
        await Stage.Of(key).UntilNoted("tick", ticks);
        await grain.Stop().InTime();
    }
}
