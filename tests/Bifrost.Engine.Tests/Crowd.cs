namespace Bifrost.Engine.Tests;

public class Crowd(EngineHost engine) : EngineTest(engine)
{
    private const int Grains = 100_000;

    /// <summary>Twice the same keys: what the first crowd leaves may be a cache of the engine's, what the second adds is a leak.</summary>
    [Fact]
    public async Task Very_many_grains_are_activated_and_collected_without_leaking()
    {
        var before = Heap();
        var full = await ComeAsync();
        var afterFirst = await GoAsync(Grains);
        await ComeAsync();
        var afterSecond = await GoAsync(2 * Grains);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{(full - before) / Grains:N0} bytes a grain; {afterFirst - before:N0} stay after the first crowd, {afterSecond - afterFirst:N0} more after the second.");
        Assert.True(
            afterSecond - afterFirst < (full - before) / 5,
            $"Heap before {before:N0}, full {full:N0}, after the first crowd {afterFirst:N0}, after the second {afterSecond:N0} bytes.");
    }

    private async Task<long> ComeAsync()
    {
        for (var i = 0; i < Grains; i += 1000)
            await Task.WhenAll(Enumerable.Range(i, 1000).Select(n => Grain<ICrowdGrain>($"-{n}").Touch())).InTime();
        return Heap();
    }

    private static async Task<long> GoAsync(int ended)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (CrowdGrain.Ended < ended && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.True(CrowdGrain.Ended >= ended, $"{CrowdGrain.Ended} of {ended} grains were collected.");

        var heap = Heap();
        for (var attempt = 0; attempt < 50 && CrowdGrain.Seen.Any(grain => grain.IsAlive); attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            heap = Heap();
        }
        Assert.DoesNotContain(CrowdGrain.Seen, grain => grain.IsAlive);
        CrowdGrain.Seen.Clear();
        return heap;
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);
}
