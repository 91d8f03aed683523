using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>Admission by windows that a key shares: all or none, and what a caller is told.</summary>
public class SharedLimitTests
{
    [Fact]
    public async Task A_refusal_by_the_team_leaves_the_key_and_its_credit_untouched()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1), 2);
        rig.Keys[1] = rig.Keys[1] with { RateLimit = TeamRig.PerHour(requests: 10, tokens: 10_000) };
        rig.Publish();
        await rig.AdmitAsync("vk0");
        var refusal = (await rig.AdmitAsync("vk1")).Refusal!;
        Assert.Equal(RefusalReason.RequestLimited, refusal.Reason);
        Assert.Empty(rig.Book("vk1").Holds);
        Assert.Equal(0, rig.Key("vk1").Status().CallsInFlight);
        Assert.All(rig.Key("vk1").Snapshot().Windows, w => Assert.Equal(0, w.Used));
    }

    [Fact]
    public async Task A_refusal_by_the_key_leaves_the_team_untouched()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10));
        rig.Keys[0] = rig.Keys[0] with { RateLimit = TeamRig.PerHour(requests: 1) };
        rig.Publish();
        await rig.AdmitAsync();
        await rig.AdmitAsync();
        Assert.Single(rig.Team.Takes);
        Assert.Equal(1, Sum(await rig.RequestsAsync()));
    }

    [Fact]
    public async Task A_refusal_by_credit_leaves_the_slice_in_hand_for_the_next_call()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10, tokens: 10_000));
        var poor = new Refusal { Reason = RefusalReason.BudgetExceeded, Message = "poor" };
        var before = rig.Book().Answer;
        rig.Book().Answer = _ => new HoldReply(Guid.Empty, 0, poor);
        Assert.Same(poor, (await rig.AdmitAsync()).Refusal);
        rig.Book().Answer = before;
        Assert.NotNull((await rig.AdmitAsync()).Ticket);
        Assert.Single(rig.Team.Takes);
        await rig.PassAsync(5);
        Assert.Equal((1L, 0L), await rig.RequestsAsync());
        Assert.Equal((0L, 300L), await rig.TokensAsync());
    }

    [Fact]
    public async Task A_refusal_by_the_model_gives_back_what_team_and_customer_held()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10))
        {
            CustomerLimit = TeamRig.PerHour(tokens: 100_000),
            GlobalLimits = [new GlobalLimit { Id = "g", Provider = "p", Model = "m", RateLimit = TeamRig.PerHour(requests: 1) }],
        };
        rig.Publish();
        Assert.NotNull((await rig.AdmitAsync()).Ticket);
        var refusal = (await rig.AdmitAsync()).Refusal!;
        Assert.Contains("Model 'p/m' may make 1 requests per 1h; 1 are made and 0 are held", refusal.Message);
        await rig.PassAsync(5);
        Assert.Equal((1L, 0L), await rig.RequestsAsync());
        Assert.Equal((0L, 300L), await rig.TokensAsync("customer:c"));

        // Another provider's model is not bound.
        Assert.NotNull((await rig.AdmitAsync(provider: "q")).Ticket);
    }

    [Theory]
    [InlineData("p", "*", "Provider 'p'")]
    [InlineData("*", "m", "Model 'm'")]
    [InlineData("*", "*", "All providers together")]
    public async Task Calls_without_a_virtual_key_are_bound_by_global_limits(string provider, string model, string level)
    {
        var rig = new TeamRig(null)
        {
            GlobalLimits = [new GlobalLimit { Id = "g", Provider = provider, Model = model, RateLimit = TeamRig.PerHour(requests: 2) }],
        };
        rig.Publish();
        var anonymous = AnonymousKey.For("silo");
        Assert.NotNull((await rig.AdmitAsync(anonymous)).Ticket);
        var last = await rig.AdmitAsync("vk0");
        Assert.Equal((2L, 0L), (last.RateLimits!.LimitRequests!.Value, last.RateLimits.RemainingRequests));
        var refused = await rig.AdmitAsync(anonymous);
        Assert.StartsWith(level + " may make 2 requests per 1h", refused.Refusal!.Message);
        Assert.Equal(0, refused.RateLimits!.RemainingRequests);
    }

    [Fact]
    public async Task What_running_calls_hold_may_come_back_soon_what_is_used_with_the_next_window()
    {
        var rig = new TeamRig(TeamRig.PerHour(tokens: 599), 2);
        rig.Time.Advance(TimeSpan.FromMinutes(20));
        var ticket = (await rig.AdmitAsync()).Ticket!;
        var held = (await rig.AdmitAsync("vk1")).Refusal!;
        Assert.Equal((RefusalReason.TokenLimited, 1_000L), (held.Reason, held.RetryAfterMs));
        Assert.Contains("Team 'search' may use 599 tokens per 1h; 0 are used and 300 are held", held.Message);
        Assert.Contains("This call is estimated at 300; up to 299 would fit. The window resets in 40m0s.", held.Message);

        await rig.SettleAsync(ticket, tokens: 300);
        await rig.PassAsync(5);
        var used = (await rig.AdmitAsync("vk1")).Refusal!;
        Assert.Equal((40 * 60 * 1_000L) - 5_000, used.RetryAfterMs);
        rig.Time.Advance(TimeSpan.FromMilliseconds(used.RetryAfterMs!.Value));
        Assert.NotNull((await rig.AdmitAsync("vk1")).Ticket);
    }

    [Fact]
    public async Task Says_both_when_both_windows_are_full()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1, tokens: 300), 2);
        await rig.AdmitAsync();
        Assert.Equal(RefusalReason.RateLimited, (await rig.AdmitAsync("vk1")).Refusal!.Reason);
    }

    [Fact]
    public async Task An_estimate_beyond_a_whole_window_is_refused_at_once()
    {
        var rig = new TeamRig(TeamRig.PerHour(tokens: 299));
        var refusal = (await rig.AdmitAsync()).Refusal!;
        Assert.Equal((RefusalReason.TokenLimited, null), (refusal.Reason, refusal.RetryAfterMs));
        Assert.Contains("300 tokens, more than a whole window of team 'search' (299 tokens per 1h)", refusal.Message);
        Assert.Empty(rig.Team.Takes);
    }

    [Fact]
    public async Task Settled_tokens_make_room_within_a_second()
    {
        var rig = new TeamRig(TeamRig.PerHour(tokens: 300), 2);
        var ticket = (await rig.AdmitAsync()).Ticket!;
        Assert.NotNull((await rig.AdmitAsync("vk1", outputTokensMax: 1)).Refusal);
        await rig.SettleAsync(ticket, tokens: 90);
        await rig.Key().ReturnSharedAsync(all: true);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await rig.AdmitAsync("vk1", outputTokensMax: 10)).Ticket);
    }

    [Fact]
    public async Task A_try_that_was_never_sent_gives_its_request_back()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10, tokens: 10_000));
        await rig.SettleAsync((await rig.AdmitAsync()).Ticket!, tokens: 0, AttemptOutcome.NotSent);
        await rig.PassAsync(5);
        Assert.Equal((0L, 0L), await rig.RequestsAsync());
        Assert.Equal((0L, 0L), await rig.TokensAsync());
    }

    [Fact]
    public async Task A_key_that_moved_to_another_team_gives_its_slice_back_and_spends_the_others()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000));
        for (var i = 0; i < 20; i++) await rig.AdmitAsync();
        rig.Keys[0] = rig.Keys[0] with { TeamId = "u" };
        rig.Teams = [.. rig.Teams, new Team { Id = "u", Name = "other", RateLimit = TeamRig.PerHour(requests: 1) }];
        rig.Publish();
        Assert.NotNull((await rig.AdmitAsync()).Ticket);
        Assert.Contains("Team 'other'", (await rig.AdmitAsync()).Refusal!.Message);
        await rig.PassAsync(4);
        Assert.Equal((20L, 0L), await rig.RequestsAsync());
        Assert.Equal((1L, 0L), await rig.RequestsAsync("team:u"));
    }

    [Fact]
    public async Task A_key_that_moves_while_its_call_waits_is_counted_in_the_new_team_alone()
    {
        using var turns = new Turns();
        var rig = new TeamRig(TeamRig.PerHour(requests: 10));
        rig.Team.Slow = true;
        var asking = rig.AdmitAsync();
        rig.Keys[0] = rig.Keys[0] with { TeamId = "u" };
        rig.Teams = [.. rig.Teams, new Team { Id = "u", Name = "other", RateLimit = TeamRig.PerHour(requests: 5) }];
        rig.Publish();
        rig.Team.LetNext();
        turns.Drain();
        Assert.True(asking.IsCompletedSuccessfully);
        Assert.Equal("u", (await asking).Ticket!.TeamId);
        await rig.PassAsync(4);
        Assert.Equal((0L, 0L), await rig.RequestsAsync());
        Assert.Equal((1L, 0L), await rig.RequestsAsync("team:u"));
    }

    [Fact]
    public async Task A_lowered_limit_binds_once_slices_in_hand_have_ended()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000));
        for (var i = 0; i < 20; i++) await rig.AdmitAsync();
        rig.LimitTeam(TeamRig.PerHour(requests: 20));
        await rig.PassAsync(4);
        Assert.NotNull((await rig.AdmitAsync()).Refusal);
        Assert.Equal((20L, 0L), await rig.RequestsAsync());
    }

    [Fact]
    public async Task A_slice_is_not_spent_in_the_next_window()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000));
        rig.Time.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromSeconds(1));
        for (var i = 0; i < 20; i++) await rig.AdmitAsync();
        var takes = rig.Team.Takes.Count;
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.AdmitAsync();
        Assert.Equal(takes + 1, rig.Team.Takes.Count);
        Assert.Equal(1, Sum(await rig.RequestsAsync()) - rig.Team.Takes[^1].RequestsWant + 1);
        await rig.PassAsync(4);
        Assert.Equal((1L, 0L), await rig.RequestsAsync());
    }

    [Fact]
    public async Task A_slices_life_begins_when_it_is_asked_for_however_late_the_answer_comes()
    {
        using var turns = new Turns();
        var rig = new TeamRig(TeamRig.PerHour(requests: 1_000));
        for (var i = 0; i < 20; i++) await rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(4));
        rig.Team.Slow = true;
        var asking = rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        rig.Team.Slow = false;
        rig.Team.LetNext();
        turns.Drain();
        Assert.True(asking.IsCompletedSuccessfully);
        var takes = rig.Team.Takes.Count;
        rig.Time.Advance(TimeSpan.FromSeconds(0.9));
        await rig.AdmitAsync();
        Assert.Equal(takes, rig.Team.Takes.Count);
        rig.Time.Advance(TimeSpan.FromSeconds(0.2));
        await rig.AdmitAsync();
        Assert.Equal(takes + 1, rig.Team.Takes.Count);
    }

    [Fact]
    public async Task A_call_that_waited_for_credit_beyond_its_window_counts_in_the_next()
    {
        using var turns = new Turns();
        var rig = new TeamRig(TeamRig.PerHour(requests: 10));
        rig.Book().Waits = true;
        var asking = rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromHours(1));
        rig.Book().Waits = false;
        rig.Book().AnswerNext();
        turns.Drain();
        Assert.True(asking.IsCompletedSuccessfully);
        Assert.NotNull((await asking).Ticket);
        Assert.Empty(rig.Book().Entries);
        await rig.PassAsync(4);
        Assert.Equal((1L, 0L), await rig.RequestsAsync());
    }

    [Fact]
    public async Task A_call_that_ends_while_it_waits_for_a_slice_holds_nothing()
    {
        using var turns = new Turns();
        var rig = new TeamRig(TeamRig.PerHour(requests: 10));
        rig.Team.Slow = true;
        var request = Guid.CreateVersion7(rig.Time.GetUtcNow());
        var asking = rig.Key().AdmitAsync(TestRequest(rig, request));
        await rig.SettleAsync(new Ticket { AttemptId = request, VirtualKeyId = "vk0" }, tokens: 0);
        rig.Team.LetNext();
        turns.Drain();
        Assert.True(asking.IsCompletedSuccessfully);
        Assert.NotNull((await asking).Refusal);
        Assert.Empty(rig.Book().Holds);
        await rig.PassAsync(4);
        Assert.Equal((0L, 0L), await rig.RequestsAsync());
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_admits_nobody_and_recovers_by_itself()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10));
        rig.Team.Unreachable = true;
        var refusal = (await rig.AdmitAsync()).Refusal!;
        Assert.Equal((RefusalReason.LedgerUnavailable, 1_000L), (refusal.Reason, refusal.RetryAfterMs));
        Assert.Empty(rig.Book().Holds);
        rig.Team.Unreachable = false;
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await rig.AdmitAsync()).Ticket);
    }

    [Fact]
    public async Task A_slice_whose_answer_was_lost_goes_back_unused()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10));
        rig.Team.Mute = true;
        Assert.NotNull((await rig.AdmitAsync()).Refusal);
        Assert.Equal((0L, 1L), await rig.RequestsAsync());
        rig.Team.Mute = false;
        await rig.PassAsync(1);
        Assert.Equal((0L, 0L), await rig.RequestsAsync());
    }

    [Fact]
    public async Task A_lost_return_is_said_again()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10, tokens: 10_000));
        await rig.SettleAsync((await rig.AdmitAsync()).Ticket!);
        rig.Team.Unreachable = true;
        await rig.PassAsync(4);
        Assert.True(rig.Key().OwesShared);
        Assert.Equal((0L, 300L), await rig.TokensAsync());
        rig.Team.Unreachable = false;
        await rig.PassAsync(1);
        Assert.Equal((50L, 0L), await rig.TokensAsync());
        Assert.False(rig.Key().OwesShared);
    }

    [Fact]
    public async Task Shows_the_tightest_window_of_all()
    {
        var rig = new TeamRig(TeamRig.PerHour(requests: 10)) { CustomerLimit = TeamRig.PerHour(tokens: 5_000) };
        rig.Keys[0] = rig.Keys[0] with { RateLimit = TeamRig.PerHour(requests: 100, tokens: 4_900) };
        rig.Publish();
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        var view = (await rig.AdmitAsync()).RateLimits!;
        Assert.Equal((10L, 9L, 59 * 60 * 1_000L), (view.LimitRequests, view.RemainingRequests, view.ResetRequestsMs));
        Assert.Equal((4_900L, 4_600L), (view.LimitTokens, view.RemainingTokens));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((10L, (59 * 60 * 1_000L) - 1_000), (rig.Key().Status().RateLimits!.LimitRequests, rig.Key().Status().RateLimits!.ResetRequestsMs));
    }

    private static AdmitRequest TestRequest(TeamRig rig, Guid attemptId) => new()
    {
        AttemptId = attemptId,
        SecretHash = rig.Keys[0].Secrets[0].Hash.AsMemory(),
        Provider = "p",
        Model = "m",
        Content = Admission.KeyRig.ContentOf(10),
        OutputTokensMax = 10,
    };

    private static long Sum((long Used, long Held) window) => window.Used + window.Held;
}
