namespace Bifrost.Engine.Tests;

public class Lifecycle(EngineHost engine) : EngineTest(engine)
{
    [Fact]
    public async Task Activation_comes_before_the_first_call()
    {
        Assert.NotEqual(Guid.Empty, await Grain<ILifecycleGrain>().Who().InTime());
        Assert.Equal(["activated"], Stage.Notes);
    }

    [Fact]
    public async Task Many_first_calls_make_one_activation()
    {
        var ids = new System.Collections.Concurrent.ConcurrentBag<Guid>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), async (_, _) => ids.Add(await Grain<ILifecycleGrain>().Who())).InTime();
        Assert.Single(ids.Distinct());
        Assert.Equal(["activated"], Stage.Notes);
    }

    [Fact]
    public async Task Grains_are_given_services_and_the_products_clock() => Assert.Equal(
        $"{Key} hello {Engine.ProductClock.GetUtcNow():yyyy-MM-dd}", await Grain<ILifecycleGrain>().Describe().InTime());

    [Fact]
    public async Task An_activation_that_asks_for_its_end_is_followed_by_another()
    {
        var grain = Grain<ILifecycleGrain>();
        var first = await grain.Who().InTime();
        await grain.End().InTime();
        var second = await grain.Who().InTime();
        Assert.NotEqual(first, second);
        await Stage.UntilNoted("scope disposed");
        Assert.Contains("deactivated ApplicationRequested", Stage.Notes);
        Assert.Equal(2, Stage.Notes.Count(note => note == "activated"));
    }

    [Fact]
    public async Task Calls_that_come_while_an_activation_ends_go_to_the_next()
    {
        var grain = Grain<ILifecycleGrain>();
        var last = grain.EndHolding();
        await Stage.UntilEntered(1);
        Task<Guid>[] late = [grain.Who(), grain.Who()];
        Stage.Open();
        var first = await last.InTime();
        var after = await Task.WhenAll(late).InTime();
        Assert.Equal(after[0], after[1]);
        Assert.NotEqual(first, after[0]);
        // The old one had ended before the new one came up.
        Assert.Equal(["activated", "held", "deactivated ApplicationRequested"], Stage.Notes.Where(note => note != "scope disposed").Take(3));
    }

    [Fact]
    public async Task An_activation_that_fails_tells_its_caller_and_the_next_call_tries_again()
    {
        var grain = Grain<ILifecycleGrain>("-unwilling");
        await Assert.ThrowsAnyAsync<Exception>(() => grain.Who().InTime());
        Assert.NotEqual(Guid.Empty, await EventuallyAsync(grain.Who));
        Assert.Equal(["refused", "activated"], Stage.Of(Key + "-unwilling").Notes.Where(note => note != "scope disposed"));
    }

    // An engine may hold a failed key back for some seconds, in which calls fail like the first.
    private static async Task<Guid> EventuallyAsync(Func<Task<Guid>> call)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call().InTime();
            }
            catch (Exception) when (attempt < 10)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            }
        }
    }
}
