using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>Many callers at once on one team's windows.</summary>
public class CrowdTests
{
    [Theory]
    [InlineData(20, 7)]
    [InlineData(200, 63)]
    [InlineData(2_000, 1_999)]
    public async Task Of_one_call_of_each_key_exactly_as_many_pass_as_there_are_requests(int callers, int room)
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: room), callers);
        var replies = await AllAtOnce(rig, callers, keys: callers);
        Assert.Equal(room, replies.Count(r => r.Ticket is not null));
        Assert.All(replies.Where(r => r.Ticket is null), r => Assert.Equal(RefusalReason.RequestLimited, r.Refusal!.Reason));
        Assert.Equal(room, Sum(await rig.RequestsAsync()));
    }

    [Theory]
    [InlineData(20, 7)]
    [InlineData(200, 63)]
    [InlineData(2_000, 1_999)]
    public async Task Of_one_call_of_each_key_exactly_as_many_pass_as_there_are_tokens(int callers, int room)
    {
        var rig = new TeamRig(TeamRig.PerHour(tokens: (300 * room) + 299), callers);
        var replies = await AllAtOnce(rig, callers, keys: callers);
        Assert.Equal(room, replies.Count(r => r.Ticket is not null));
        Assert.All(replies.Where(r => r.Ticket is null), r => Assert.Equal(RefusalReason.TokenLimited, r.Refusal!.Reason));
        Assert.Equal(300 * room, Sum(await rig.TokensAsync()));
    }

    [Theory]
    [InlineData(20, 1, 7)]
    [InlineData(200, 10, 63)]
    [InlineData(2_000, 20, 1_234)]
    [InlineData(2_000, 1, 1_999)]
    public async Task Of_many_calls_of_each_key_no_more_pass_and_all_that_fit_within_five_seconds(int callers, int keys, int room)
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: room), keys);
        var passed = 0;

        // The refused come again, as clients do; whatever idle keys hold is back by the fifth second.
        for (var second = 0; second <= 5; second++)
        {
            var replies = await AllAtOnce(rig, callers - passed, keys);
            passed += replies.Count(r => r.Ticket is not null);
            Assert.InRange(passed, 0, room);
            await rig.PassAsync(1);
        }

        Assert.Equal(room, passed);
    }

    [Theory]
    [InlineData(20, 4)]
    [InlineData(200, 200)]
    [InlineData(2_000, 20)]
    public async Task With_room_for_all_everybody_passes(int callers, int keys)
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: callers, tokens: callers * 300), keys);
        var replies = await AllAtOnce(rig, callers, keys);
        if (keys == callers) Assert.All(replies, r => Assert.NotNull(r.Ticket));
        var passed = replies.Count(r => r.Ticket is not null);
        for (var second = 0; second < 5; second++)
        {
            await rig.PassAsync(1);
            passed += (await AllAtOnce(rig, callers - passed, keys)).Count(r => r.Ticket is not null);
        }

        Assert.Equal(callers, passed);
    }

    [Fact]
    public async Task What_an_idle_key_holds_is_free_for_others_within_five_seconds()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000), 2);
        for (var i = 0; i < 40; i++) Assert.NotNull((await rig.AdmitAsync("vk0")).Ticket);
        Assert.True((await rig.RequestsAsync()).Held > 0);

        // The other key takes all that is left, but for what the first one holds.
        AdmitReply reply;
        var passed = 40;
        while ((reply = await rig.AdmitAsync("vk1")).Ticket is not null) passed++;
        Assert.InRange(passed, 900, 999);
        Assert.Equal(1_000, reply.Refusal!.RetryAfterMs);
        await rig.PassAsync(5);
        while ((await rig.AdmitAsync("vk1")).Ticket is not null) passed++;
        Assert.Equal(1_000, passed);
    }

    [Fact]
    public async Task A_busy_key_asks_for_a_slice_every_few_seconds_only()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000_000, tokens: 1_000_000_000));
        for (var i = 0; i < 10_000; i++)
        {
            var reply = await rig.AdmitAsync();
            await rig.SettleAsync(reply.Ticket!);
            rig.Time.Advance(TimeSpan.FromMilliseconds(2));
            if (i % 500 == 499) await rig.Key().ReturnSharedAsync(all: false);
        }

        // 20 seconds at 500 calls a second: the slice grows with the rate, then one is taken for each of its lives.
        Assert.InRange(rig.Team.Takes.Count, 7, 40);
        Assert.InRange(rig.Team.Returns.Count, 0, 20);
        await rig.PassAsync(4);
        Assert.Equal((10_000L, 0L), await rig.RequestsAsync());
        Assert.Equal((500_000L, 0L), await rig.TokensAsync());
    }

    [Fact]
    public async Task A_refused_crowd_asks_the_account_once()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1));
        for (var i = 0; i < 100; i++) await rig.AdmitAsync();
        Assert.Equal(2, rig.Team.Takes.Count);
        rig.Time.Advance(TimeSpan.FromMilliseconds(250));
        await rig.AdmitAsync();
        Assert.Equal(3, rig.Team.Takes.Count);
    }

    [Fact]
    public async Task Callers_that_wait_are_served_in_turn_by_one_request_at_a_time()
    {
        using var turns = new Turns();
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000));
        rig.Team.Slow = true;
        var asking = Enumerable.Range(0, 10).Select(_ => rig.AdmitAsync()).ToArray();
        while (rig.Team.Waiting > 0)
        {
            Assert.Equal(1, rig.Team.Waiting);
            rig.Team.LetNext();
            turns.Drain();
        }

        Assert.All(asking, a => Assert.True(a.IsCompletedSuccessfully));
        Assert.All(await Task.WhenAll(asking), r => Assert.NotNull(r.Ticket));

        // The first asked alone; the second request was for all nine.
        Assert.Equal([1L, 9L], rig.Team.Takes.Select(t => t.RequestsWant));
    }

    private static async Task<AdmitReply[]> AllAtOnce(TeamRig rig, int callers, int keys) =>
        await Task.WhenAll(Enumerable.Range(0, callers).Select(i => rig.AdmitAsync($"vk{i % keys}")).ToArray());

    private static long Sum((long Used, long Held) window) => window.Used + window.Held;
}
