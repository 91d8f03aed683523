using Bifrost.Cli.Jobs;

namespace Bifrost.Cli.Tests.Jobs;

/// <summary>How the batch client waits, on a fake clock.</summary>
public class BatchPieces
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_a_server_asks_for_is_waited_for_by_everybody()
    {
        var patience = new SharedBackoff(TimeSpan.FromMinutes(1), _time, new Random(1));
        Assert.True(patience.RestAsync(default).IsCompleted);
        patience.Failed(Answer(429, TimeSpan.FromSeconds(7)));
        var resting = patience.RestAsync(default);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(resting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(resting.IsCompleted);
    }

    [Fact]
    public void It_gives_up_on_a_server_that_is_away_and_never_on_one_that_is_busy()
    {
        var patience = new SharedBackoff(TimeSpan.FromMinutes(1), _time, new Random(1));
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            patience.Failed(Answer(429, TimeSpan.FromSeconds(1)));
            Assert.False(patience.IsOver);
        }

        _time.Advance(TimeSpan.FromSeconds(59));
        patience.Failed(Answer(0));
        Assert.False(patience.IsOver);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(patience.IsOver);
        patience.Succeeded();
        Assert.False(patience.IsOver);
    }

    [Fact]
    public async Task Jobs_seen_in_vain_come_back_after_a_pause_and_before_newer_ones()
    {
        var list = new WatchList(_time);
        var (first, second) = (new WatchedJob(Id(1), "a"), new WatchedJob(Id(2), "b"));
        list.Add(first);
        list.Add(second);
        list.Add(new WatchedJob(Id(3), "c"));
        var taken = await list.TakeAsync(default);
        Assert.Equal(first, taken);
        list.Later(taken!);
        Assert.Equal(second, await list.TakeAsync(default));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first with { Looks = 1 }, await list.TakeAsync(default));
        Assert.Equal("c", (await list.TakeAsync(default))!.CustomId);

        var last = list.TakeAsync(default);
        list.Complete();
        for (var i = 0; i < 3; i++)
        {
            Assert.False(last.IsCompleted);
            list.Ended();
        }

        Assert.Null(await last.InTimeAsync());
    }

    private static Guid Id(byte number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    /// <summary>Gateways name an unknown key by the version whose names they are set to.</summary>
    [Theory]
    [InlineData(403, "access_not_found", true)]
    [InlineData(403, "virtual_key_not_found", true)]
    [InlineData(403, "access_blocked", true)]
    [InlineData(403, "model_blocked", false)]
    [InlineData(401, "virtual_key_required", true)]
    [InlineData(404, "access_not_found", false)]
    public void A_refused_key_is_known_by_both_of_its_names(int status, string type, bool isRefused)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$$"""{"type":"{{{type}}}","error":{"message":"m"}}""");
        Assert.Equal(isRefused, RefusedCaller.Says(new ApiAnswer(status, body, null, null, null)) is not null);
    }

    private static ApiAnswer Answer(int status, TimeSpan? retryAfter = null) => new(status, default, null, null, retryAfter);
}
