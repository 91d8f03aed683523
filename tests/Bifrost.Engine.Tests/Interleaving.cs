namespace Bifrost.Engine.Tests;

public class Interleaving(EngineHost engine) : EngineTest(engine)
{
    [Fact]
    public async Task A_non_reentrant_grain_makes_the_second_call_wait()
    {
        var grain = Grain<IStrictGrain>();
        Task[] calls = [grain.Hold(), grain.Hold(), grain.HoldReading()];
        await Stage.UntilEntered(1);
        await grain.Ping().InTime();
        Stage.Open();
        await Task.WhenAll(calls).InTime();
        Assert.Equal((3, 1), (Stage.Entered, Stage.Peak));
    }

    [Fact]
    public async Task A_reentrant_grain_lets_calls_interleave()
    {
        var grain = Grain<IReentrantGrain>();
        Task[] calls = [grain.Hold(), grain.Hold(), grain.Hold()];
        await Stage.UntilEntered(3);
        Stage.Open();
        await Task.WhenAll(calls).InTime();
    }

    [Fact]
    public async Task A_reentrant_grain_may_call_itself() => Assert.Equal(0, await Grain<IReentrantGrain>().CallSelf().InTime());

    [Fact]
    public async Task An_always_interleaving_method_passes_whatever_runs()
    {
        var grain = Grain<IStrictGrain>();
        var held = grain.Hold();
        await Stage.UntilEntered(1);
        var interleaving = grain.HoldInterleaving();
        await Stage.UntilEntered(2);
        Stage.Open();
        await Task.WhenAll(held, interleaving).InTime();
    }

    [Fact]
    public async Task An_ordinary_call_does_not_wait_for_an_always_interleaving_one()
    {
        var grain = Grain<IStrictGrain>();
        var interleaving = grain.HoldInterleaving();
        await Stage.UntilEntered(1);
        var held = grain.Hold();
        await Stage.UntilEntered(2);
        Stage.Open();
        await Task.WhenAll(held, interleaving).InTime();
    }

    [Fact]
    public async Task Always_interleaving_calls_that_wait_for_the_activation_do_not_wait_for_each_other()
    {
        var grain = Grain<IStrictGrain>("-slow");
        var stage = Stage.Of(Key + "-slow");
        Task[] calls = [grain.Hold(), grain.Hold(), grain.HoldInterleaving(), grain.HoldInterleaving()];
        Assert.Equal(0, stage.Entered);
        Stage.Of(Key + "-slow-up").Open();
        await stage.UntilEntered(3);
        stage.Open();
        await Task.WhenAll(calls).InTime();
        Assert.Equal((4, 3), (stage.Entered, stage.Peak));
    }

    [Fact]
    public async Task Read_only_calls_interleave_with_each_other_only()
    {
        var grain = Grain<IStrictGrain>();
        Task[] readers = [grain.HoldReading(), grain.HoldReading()];
        await Stage.UntilEntered(2);
        var writer = grain.Hold();
        await grain.Ping().InTime();
        Assert.Equal(2, Stage.Entered);
        Stage.Open();
        await Task.WhenAll([.. readers, writer]).InTime();
        Assert.Equal((3, 2), (Stage.Entered, Stage.Peak));
    }
}
