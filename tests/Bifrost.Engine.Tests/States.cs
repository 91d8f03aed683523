using Orleans.Storage;

namespace Bifrost.Engine.Tests;

public class States(EngineHost engine) : EngineTest(engine)
{
    private GrainId Id => GrainId.Create("tally", Key);

    [Fact]
    public async Task A_new_grain_starts_with_an_empty_state()
    {
        var grain = Grain<ILastingGrain>();
        Assert.Equal(0, await grain.Count().InTime());
        Assert.False(await grain.Exists().InTime());
    }

    [Fact]
    public async Task State_outlives_idle_collection()
    {
        var grain = Grain<IShortLivedGrain>();
        Assert.Equal(5, await grain.Add(5).InTime());
        var first = await grain.Who().InTime();
        await Stage.UntilNoted("deactivated ActivationIdle");
        Assert.Equal(5, await grain.Count().InTime());
        Assert.True(await grain.Exists().InTime());
        Assert.NotEqual(first, await grain.Who().InTime());
    }

    [Fact]
    public async Task A_grain_in_use_is_not_collected()
    {
        var grain = Grain<IShortLivedGrain>();
        var first = await grain.Who().InTime();
        // Another grain of the same age that nobody uses marks the time.
        await Grain<IShortLivedGrain>("-idle").Who().InTime();
        var idle = Stage.Of(Key + "-idle").UntilNoted("deactivated ActivationIdle");
        while (!idle.IsCompleted)
        {
            Assert.Equal(first, await grain.Who().InTime());
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        Assert.Equal(first, await grain.Who().InTime());
    }

    [Fact]
    public async Task A_cleared_state_is_empty_and_can_be_written_again()
    {
        var grain = Grain<ILastingGrain>();
        await grain.Add(5).InTime();
        await grain.Clear().InTime();
        Assert.False(await grain.Exists().InTime());
        Assert.Equal(0, await grain.Count().InTime());
        Assert.Equal(2, await grain.Add(2).InTime());
    }

    [Fact]
    public async Task A_conflict_can_be_caught_and_merged()
    {
        var grain = Grain<ILastingGrain>();
        await grain.Add(1).InTime();
        var first = await grain.Who().InTime();
        await WriteBehindItsBack(10);
        Assert.Equal(12, await grain.AddMerging(2).InTime());
        Assert.Equal(first, await grain.Who().InTime());
    }

    [Fact]
    public async Task A_conflict_that_escapes_ends_the_activation_and_the_next_reads_afresh()
    {
        var grain = Grain<ILastingGrain>();
        await grain.Add(1).InTime();
        var first = await grain.Who().InTime();
        await WriteBehindItsBack(10);
        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Add(2).InTime());
        Assert.Equal(10, await grain.Count().InTime());
        Assert.NotEqual(first, await grain.Who().InTime());
        Assert.Contains("deactivated ApplicationError", Stage.Notes);
    }

    [Fact]
    public async Task Writes_never_overlap_and_those_that_wait_are_joined()
    {
        var grain = Grain<ILastingGrain>();
        await grain.Count().InTime();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writes = 0;
        Engine.Storage.BeforeWrite = id =>
        {
            if (id != Id) return Task.CompletedTask;
            Interlocked.Increment(ref writes);
            Stage.Enter();
            return slow.Task;
        };
        var add = grain.AddOften(20);
        await Stage.UntilEntered(1);
        slow.SetResult();
        await add.InTime();
        Engine.Storage.BeforeWrite = _ => Task.CompletedTask;
        Assert.InRange(writes, 1, 2);
        await WriteBehindItsBack(add: 1);
        Assert.Equal(21, (await Stored()).State!.Count);
    }

    [Fact]
    public async Task State_is_refused_to_code_outside_the_turn() => Assert.True(await Grain<ILastingGrain>().IsRefusedOutsideItsTurn().InTime());

    private async Task<GrainState<Tally>> Stored()
    {
        var stored = new GrainState<Tally>(new Tally());
        await Engine.Storage.ReadStateAsync("tally", Id, stored);
        return stored;
    }

    private async Task WriteBehindItsBack(int? count = null, int add = 0)
    {
        var stored = await Stored();
        stored.State!.Count = (count ?? stored.State.Count) + add;
        await Engine.Storage.WriteStateAsync("tally", Id, stored);
    }
}
