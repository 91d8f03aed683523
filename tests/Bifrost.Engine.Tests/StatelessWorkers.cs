namespace Bifrost.Engine.Tests;

public class StatelessWorkers(EngineHost engine) : EngineTest(engine)
{
    [Fact]
    public async Task Run_in_parallel_up_to_their_limit()
    {
        var grain = Grain<ICrewGrain>();
        var calls = Enumerable.Range(0, 2 * WorkerGrain.Limit).Select(_ => grain.Hold()).ToArray();
        await Stage.UntilEntered(WorkerGrain.Limit);
        Stage.Open();
        var activations = await Task.WhenAll(calls).InTime();
        Assert.Equal((2 * WorkerGrain.Limit, WorkerGrain.Limit), (Stage.Entered, Stage.Peak));
        Assert.Equal(WorkerGrain.Limit, activations.Distinct().Count());
    }

    [Fact]
    public async Task Calls_that_come_at_once_take_a_worker_each()
    {
        for (var round = 0; round < 50; round++)
        {
            var suffix = $"-{round}";
            using var start = new Barrier(WorkerGrain.Limit);
            var calls = new Task[WorkerGrain.Limit];
            var threads = Enumerable.Range(0, calls.Length).Select(i => new Thread(() =>
            {
                var grain = Grain<ICrewGrain>(suffix);
                start.SignalAndWait();
                calls[i] = grain.Hold();
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            await Stage.Of(Key + suffix).UntilEntered(WorkerGrain.Limit);
            Stage.Of(Key + suffix).Open();
            await Task.WhenAll(calls).InTime();
        }
    }

    [Fact]
    public async Task One_worker_is_one_activation_that_interleaves()
    {
        var grain = Grain<ISoloGrain>();
        var first = await grain.Who().InTime();
        Task<Guid>[] calls = [grain.Hold(), grain.Hold(), grain.Hold()];
        await Stage.UntilEntered(3);
        Assert.Equal(first, await grain.Who().InTime());
        Stage.Open();
        Assert.All(await Task.WhenAll(calls).InTime(), who => Assert.Equal(first, who));
    }

    [Fact]
    public async Task Messages_and_replies_pass_by_reference_with_their_live_members()
    {
        var live = new object();
        var parcel = new Parcel { Name = Key, Live = live };
        var back = await Grain<ISoloGrain>().Echo(parcel).InTime();
        Assert.Equal(Key, back.Name);
        Assert.Same(live, back.Live);
    }
}
