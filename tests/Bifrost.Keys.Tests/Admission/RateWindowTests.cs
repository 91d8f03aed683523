using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Tests.Admission;

public class RateWindowTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(200)]
    [InlineData(2_000)]
    public async Task Lets_exactly_as_many_pass_as_there_is_room_for_when_all_come_at_once(int callers)
    {
        var rig = new KeyRig { Book = { Waits = true } };
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 7) };

        var replies = Enumerable.Range(0, callers).Select(_ => rig.Admission.AdmitAsync(rig.Request())).ToArray();
        while (rig.Book.Waiting > 0) rig.Book.AnswerNext();
        var all = await Task.WhenAll(replies);

        Assert.Equal(7, all.Count(r => r.Ticket is not null));
        Assert.Equal(7, rig.Counted().Requests);
        // Whoever got credit and no room gave it back.
        Assert.Equal(callers - 7, rig.Book.Entries.Count);
        Assert.All(rig.Book.Entries, e => Assert.Equal((0L, FakeBook.Lease), (e.CostNanos, e.LeaseId)));
        Assert.Equal(7, rig.Admission.Status().CallsInFlight);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(2_000)]
    public async Task Lets_exactly_as_many_be_in_flight_as_may(int callers)
    {
        var rig = new KeyRig { Book = { Waits = true } };
        rig.Key = rig.Key with { CallsInFlightMax = 3 };

        var replies = Enumerable.Range(0, callers).Select(_ => rig.Admission.AdmitAsync(rig.Request())).ToArray();
        while (rig.Book.Waiting > 0) rig.Book.AnswerNext();
        var all = await Task.WhenAll(replies);
        rig.Book.Waits = false;

        var tickets = all.Where(r => r.Ticket is not null).Select(r => r.Ticket!).ToArray();
        Assert.Equal(3, tickets.Length);
        Assert.All(all.Where(r => r.Ticket is null), r => Assert.Equal((RefusalReason.ConcurrencyLimited, 1_000L), (r.Refusal!.Reason, r.Refusal.RetryAfterMs)));
        await rig.SettleAsync(tickets[0]);
        await rig.AdmitAsync();
        Assert.Contains("3 calls in flight and may have 3", (await rig.RefuseAsync()).Message);
    }

    [Fact]
    public async Task Says_limit_use_and_reset_when_requests_are_used_up()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 2) };
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        await rig.AdmitAsync();
        await rig.AdmitAsync();

        var refusal = await rig.RefuseAsync();

        Assert.Equal((RefusalReason.RequestLimited, 50_000L), (refusal.Reason, refusal.RetryAfterMs));
        Assert.Equal("Virtual key 'my key' may make 2 requests per 1m and has made 2; the window resets in 50s.", refusal.Message);
        rig.Time.Advance(TimeSpan.FromSeconds(50));
        await rig.AdmitAsync();
    }

    [Fact]
    public async Task Holds_tokens_by_estimate_and_corrects_them_at_the_end()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(tokens: 700) };
        var first = await rig.AdmitAsync();
        await rig.AdmitAsync();

        var held = await rig.RefuseAsync();
        await rig.SettleAsync(first, tokens: 50);
        var third = await rig.AdmitAsync();
        await rig.SettleAsync(third, tokens: 400);
        var used = await rig.RefuseAsync();

        // Running calls will give some back: soon again. Used tokens only come back with the window.
        Assert.Equal((RefusalReason.TokenLimited, 1_000L), (held.Reason, held.RetryAfterMs));
        Assert.Contains("0 are used and 600 held by running calls. This call is estimated at 300; up to 100 would fit.", held.Message);
        Assert.Equal((RefusalReason.TokenLimited, 60_000L), (used.Reason, used.RetryAfterMs));
        Assert.Equal((3, 450), rig.Counted());
    }

    [Fact]
    public async Task Refuses_for_good_what_is_larger_than_a_whole_window()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(tokens: 299) };

        var refusal = await rig.RefuseAsync();

        Assert.Equal((RefusalReason.TokenLimited, (long?)null), (refusal.Reason, refusal.RetryAfterMs));
        Assert.Contains("estimated at 300 tokens, more than a whole window", refusal.Message);
        await rig.AdmitAsync(rig.Request(outputTokensMax: 99));
    }

    [Fact]
    public async Task Names_both_windows_when_both_are_full()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 1, tokens: 300) };
        await rig.AdmitAsync();

        var refusal = await rig.RefuseAsync();

        Assert.Equal((RefusalReason.RateLimited, 60_000L), (refusal.Reason, refusal.RetryAfterMs));
    }

    [Fact]
    public async Task Takes_every_limit_or_none()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with
        {
            RateLimit = KeyRig.PerMinute(requests: 10, tokens: 10_000),
            Providers = [new KeyProvider { Provider = "p", RateLimit = KeyRig.PerMinute(requests: 1) }],
        };
        await rig.AdmitAsync();

        var byConfig = await rig.RefuseAsync();
        rig.Book.Answer = _ => new HoldReply(Guid.Empty, 0, new Refusal { Reason = RefusalReason.BudgetExceeded, Message = "no money" });
        var byBudget = await rig.RefuseAsync(rig.Request("q"));
        rig.Book.Answer = r => new HoldReply(FakeBook.Lease, r.NeedNanos, null);

        Assert.Equal(RefusalReason.RequestLimited, byConfig.Reason);
        Assert.Contains("'my key' at provider 'p'", byConfig.Message);
        Assert.Equal(RefusalReason.BudgetExceeded, byBudget.Reason);
        Assert.Equal(1, rig.Counted().Requests);
        Assert.Equal(1, rig.Admission.Status().CallsInFlight);
        // The nine that are left fit, tokens included.
        for (var i = 0; i < 9; i++) await rig.AdmitAsync(rig.Request("q"));
        Assert.Equal(RefusalReason.RequestLimited, (await rig.RefuseAsync(rig.Request("q"))).Reason);
    }

    [Fact]
    public async Task A_try_that_was_never_sent_gives_its_request_back()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 1, tokens: 300) };

        await rig.SettleAsync(await rig.AdmitAsync(), tokens: 0, AttemptOutcome.NotSent);
        await rig.SettleAsync(await rig.AdmitAsync(), tokens: 0, AttemptOutcome.Failed);

        Assert.Equal(RefusalReason.RequestLimited, (await rig.RefuseAsync()).Reason);
    }

    [Fact]
    public async Task A_late_settlement_leaves_the_next_window_alone()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 2, tokens: 600) };
        var early = await rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await rig.AdmitAsync();

        await rig.SettleAsync(early, tokens: 5_000, estimated: true);

        Assert.Equal((1, 0), rig.Counted());
        await rig.AdmitAsync();
    }

    [Fact]
    public async Task A_clock_that_goes_back_opens_no_window_again()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 1) };
        rig.Time.Advance(TimeSpan.FromSeconds(90));
        await rig.AdmitAsync();
        rig.Time.AdjustTime(rig.Time.GetUtcNow().AddSeconds(-60));

        Assert.Equal(RefusalReason.RequestLimited, (await rig.RefuseAsync()).Reason);
    }

    [Fact]
    public async Task Shows_the_tightest_windows()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with
        {
            RateLimit = KeyRig.PerMinute(requests: 5, tokens: 10_000),
            Providers = [new KeyProvider { Provider = "p", RateLimit = KeyRig.PerMinute(requests: 9, tokens: 400) }],
        };
        rig.Time.Advance(TimeSpan.FromSeconds(15));

        var view = (await rig.Admission.AdmitAsync(rig.Request())).RateLimits!;
        var refused = (await rig.Admission.AdmitAsync(rig.Request())).RateLimits!;

        Assert.Equal((5L, 4L, 45_000L, 400L, 100L, 45_000L), (view.LimitRequests, view.RemainingRequests, view.ResetRequestsMs, view.LimitTokens,
            view.RemainingTokens, view.ResetTokensMs));
        Assert.Equal(view, refused);
    }

    [Fact]
    public async Task Another_period_begins_anew()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 1) };
        var before = await rig.AdmitAsync();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 1) with { RequestPeriod = new WindowPeriod(1, PeriodUnit.Hour, false) } };
        rig.Publish();

        await rig.AdmitAsync();

        // Both windows began at the same moment, yet they are two.
        await rig.SettleAsync(before, outcome: AttemptOutcome.NotSent);

        Assert.Equal(RefusalReason.RequestLimited, (await rig.RefuseAsync()).Reason);
    }
}
