namespace Bifrost.Engine.Tests;

public class Crowd(EngineHost engine) : EngineTest(engine)
{
    private const int Grains = 100_000;

    [Fact]
    public async Task Very_many_grains_are_activated_and_collected_without_leaking()
    {
        await Touch("-warm-0");
        var before = Heap();
        for (var i = 0; i < Grains; i += 1000)
            await Task.WhenAll(Enumerable.Range(i, 1000).Select(n => Touch($"-{n}"))).InTime();
        var full = Heap();

        var deadline = TimeProvider.System.GetTimestamp();
        while (CrowdGrain.Ended < Grains && TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromMinutes(2))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.True(CrowdGrain.Ended >= Grains, $"{CrowdGrain.Ended} of {Grains} grains were collected.");

        var alive = 0;
        var after = 0L;
        for (var attempt = 0; attempt < 50; attempt++)
        {
            after = Heap();
            alive = CrowdGrain.Seen.Count(grain => grain.IsAlive);
            if (alive == 0) break;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        Assert.Equal(0, alive);
        // The weak references of the test itself stay, and so does what the engine keeps for a second crowd.
        Assert.True(after - before < (full - before) / 3, $"Heap before {before:N0}, with all grains {full:N0}, after {after:N0} bytes.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{(full - before) / Grains:N0} bytes a grain; {after - before:N0} bytes stay.");
    }

    private Task<int> Touch(string suffix) => Grain<ICrowdGrain>(suffix).Touch();

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);
}
