using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Tests.Limits;

/// <summary>The rules of one account, told what holders say.</summary>
public class AccountWindowsTests
{
    private static readonly WindowPeriod Minute = new(1, PeriodUnit.Minute, CalendarAligned: false);

    private readonly FakeTimeProvider _time = new();
    private AccountWindows _windows = new(new AccountLimits());
    private RateLimit _limit = Limit(requests: 100, tokens: 10_000);

    [Fact]
    public void Hands_out_the_need_and_a_sixteenth_of_what_is_free_beyond_it()
    {
        var reply = Take(Request(requests: (1, 50), tokens: (400, 400)));
        Assert.Equal((true, 1 + (99 / 16), 400L), (reply.Granted, reply.Requests, reply.Tokens));
        Assert.Equal((0L, 7L), Of(reply.Status.Requests));
        Assert.Equal((0L, 400L), Of(reply.Status.Tokens));
    }

    [Fact]
    public void Never_hands_out_more_than_is_wanted() => Assert.Equal(3, Take(Request(requests: (1, 3))).Requests);

    [Fact]
    public void Refuses_when_either_window_has_no_room_and_takes_nothing_of_the_other()
    {
        var reply = Take(Request(tokens: (10_001, 10_001)));
        Assert.False(reply.Granted);
        Assert.Equal((0L, 0L), Of(Status().Requests));
        Assert.Equal((0L, 0L), Of(Status().Tokens));
        Assert.Equal(0, Status().SlicesOut);
    }

    [Fact]
    public void A_repeated_request_answers_the_same_and_takes_nothing()
    {
        var request = Request(requests: (5, 5), tokens: (50, 50));
        var first = Take(request);
        Assert.Equal(first, Take(request));
        Assert.Equal((0L, 5L), Of(Status().Requests));
    }

    [Fact]
    public void A_refused_request_is_not_granted_when_it_comes_again()
    {
        var all = Request(requests: (100, 100));
        Take(all);
        var request = Request();
        Assert.False(Take(request).Granted);
        Report(all, 0, last: true);
        Assert.False(Take(request).Granted);
        Assert.True(Take(Request()).Granted);
    }

    [Fact]
    public void Takes_back_what_was_not_spent_and_corrects_tokens()
    {
        var request = Request(requests: (10, 10), tokens: (1_000, 1_000));
        Take(request);
        Report(request, requests: 4, used: 100, held: 300);
        Assert.Equal((4L, 0L), Of(Status().Requests));
        Assert.Equal((100L, 300L), Of(Status().Tokens));
        Report(request, requests: 3, used: 250, sequence: 2, last: true);
        Assert.Equal((3L, 0L), Of(Status().Requests));
        Assert.Equal((250L, 0L), Of(Status().Tokens));
        Assert.Equal(0, Status().SlicesOut);
    }

    [Fact]
    public void Repeated_and_overtaken_reports_change_nothing()
    {
        var request = Request(requests: (10, 10), tokens: (1_000, 1_000));
        Take(request);
        Report(request, requests: 3, used: 250, sequence: 2, last: true);
        Report(request, requests: 3, used: 250, sequence: 2, last: true);
        Report(request, requests: 4, used: 100, held: 300, sequence: 1);
        Assert.Equal((3L, 0L), Of(Status().Requests));
        Assert.Equal((250L, 0L), Of(Status().Tokens));
    }

    [Fact]
    public void A_request_that_its_report_overtook_is_refused()
    {
        var request = Request();
        Report(request, requests: 0, last: true);
        Assert.False(Take(request).Granted);
        Assert.Equal((0L, 0L), Of(Status().Requests));
    }

    [Fact]
    public void A_request_that_comes_once_more_after_its_report_is_refused()
    {
        var request = Request(requests: (10, 10));
        Assert.True(Take(request).Granted);
        Assert.True(Take(request).Granted);
        Report(request, requests: 4);
        Assert.False(Take(request).Granted);
        Report(request, requests: 4, sequence: 2, last: true);
        Assert.False(Take(request).Granted);
        Assert.Equal((4L, 0L), Of(Status().Requests));
    }

    [Fact]
    public void A_slice_that_nobody_reports_counts_whole_until_its_window_rolls()
    {
        _limit = Limit(requests: 10) with { RequestPeriod = new WindowPeriod(1, PeriodUnit.Hour, CalendarAligned: false) };
        var lost = Request(requests: (10, 10));
        Take(lost);
        _time.Advance(TimeSpan.FromMinutes(16));
        _windows.Sweep(_time.GetUtcNow());
        Assert.Equal((10L, 0L), Of(Status().Requests));
        Assert.Equal(0, Status().SlicesOut);
        Assert.False(Take(Request()).Granted);
        _time.Advance(TimeSpan.FromMinutes(44));
        Assert.True(Take(Request()).Granted);
    }

    [Fact]
    public void A_late_report_leaves_the_next_window_alone()
    {
        var request = Request(requests: (10, 10), tokens: (1_000, 1_000));
        Take(request);
        _time.Advance(TimeSpan.FromMinutes(1));
        Take(Request(requests: (5, 5)));
        Report(request, requests: 9, used: 900, last: true);
        Assert.Equal((0L, 5L), Of(Status().Requests));
        Assert.Equal((0L, 0L), Of(Status().Tokens));
    }

    [Fact]
    public void A_slice_ends_with_its_window()
    {
        _time.Advance(TimeSpan.FromSeconds(59));
        var reply = Take(Request());
        Assert.Equal((1_000L, 1_000L), (reply.SpendMs, reply.WindowMs));
    }

    [Fact]
    public void A_slice_ends_after_its_life()
    {
        var reply = Take(Request());
        Assert.Equal((3_000L, 60_000L), (reply.SpendMs, reply.WindowMs));
    }

    [Fact]
    public void A_slice_of_less_than_was_wanted_ends_sooner()
    {
        Assert.Equal(1_000, Take(Request(requests: (1, 50))).SpendMs);
        Assert.Equal(1_000, Take(Request(tokens: (1, 5_000))).SpendMs);
    }

    [Fact]
    public void A_lowered_limit_binds_the_next_request()
    {
        Take(Request(requests: (60, 60)));
        _limit = Limit(requests: 60);
        Assert.False(Take(Request()).Granted);
        _limit = Limit(requests: 61);
        Assert.True(Take(Request()).Granted);
    }

    [Fact]
    public void A_report_of_another_period_leaves_the_new_window_alone()
    {
        var request = Request(requests: (10, 10));
        Take(request);
        _limit = _limit with { RequestPeriod = new WindowPeriod(1, PeriodUnit.Hour, CalendarAligned: false) };
        Take(Request(requests: (5, 5)));
        Report(request, requests: 0, last: true);
        Assert.Equal((0L, 5L), Of(Status().Requests));
    }

    [Fact]
    public void An_owner_without_limits_lets_everything_pass()
    {
        var reply = _windows.Take(null, Request(requests: (1_000, 1_000)), _time.GetUtcNow());
        Assert.Equal((true, null, null), (reply.Granted, reply.Requests, reply.Tokens));
        Assert.Null(reply.Status.Requests);
    }

    [Fact]
    public void A_snapshot_counts_what_was_out_as_used()
    {
        var known = Request(requests: (10, 10));
        Take(known);
        _time.Advance(TimeSpan.FromSeconds(1));
        Restore();
        Assert.Equal((10L, 0L), Of(Status().Requests));
        Report(known, requests: 2, last: true);
        Assert.Equal((10L, 0L), Of(Status().Requests));
    }

    [Fact]
    public void What_another_activation_handed_out_later_counts_when_it_is_reported()
    {
        Take(Request(requests: (10, 10)));
        Restore();
        _time.Advance(TimeSpan.FromSeconds(1));
        var foreign = Request();
        Report(foreign, requests: 2, used: 70, held: 30);
        Report(foreign, requests: 2, used: 70, held: 30);
        Assert.Equal((12L, 0L), Of(Status().Requests));
        Assert.Equal((70L, 30L), Of(Status().Tokens));
        Report(foreign, requests: 2, used: 90, sequence: 2, last: true);
        Assert.Equal((90L, 0L), Of(Status().Tokens));
    }

    [Fact]
    public void What_another_activation_handed_out_in_an_earlier_window_does_not_count()
    {
        var foreign = Request();
        _time.Advance(TimeSpan.FromMinutes(1));
        Take(Request());
        Report(foreign, requests: 2, used: 70, last: true);
        Assert.Equal((0L, 1L), Of(Status().Requests));
    }

    [Fact]
    public void Merging_its_own_snapshot_changes_nothing()
    {
        var request = Request(requests: (10, 10), tokens: (1_000, 1_000));
        Take(request);
        Report(request, requests: 4, used: 100, held: 300);
        Take(Request(requests: (5, 5)));
        for (var i = 0; i < 3; i++) _windows.Merge(_windows.Snapshot(), _time.GetUtcNow());
        Assert.Equal((4L, 5L), Of(Status().Requests));
        Assert.Equal((100L, 300L), Of(Status().Tokens));
    }

    [Fact]
    public void Forgets_slices_a_while_after_they_ended()
    {
        for (var i = 0; i < 10; i++)
        {
            var request = Request();
            Take(request);
            Report(request, requests: 1, last: true);
        }

        Assert.Equal(10, _windows.SlicesKept);
        _time.Advance(TimeSpan.FromMinutes(2));
        _windows.Sweep(_time.GetUtcNow());
        Assert.Equal(0, _windows.SlicesKept);
    }

    [Fact]
    public void Keeps_a_bounded_number_of_slices()
    {
        _windows = new AccountWindows(new AccountLimits { SlicesMax = 5 });
        var first = Request();
        Take(first);
        for (var i = 0; i < 20; i++) Take(Request());
        Assert.Equal((5, 10), (Status().SlicesOut, _windows.SlicesKept));
        Assert.Equal((16L, 5L), Of(Status().Requests));
        Report(first, requests: 0, last: true);
        Assert.InRange(Of(Status().Requests).Used, 16, 17);
    }

    private static RateLimit Limit(long? requests = null, long? tokens = null) =>
        new() { RequestsMax = requests, TokensMax = tokens, RequestPeriod = Minute, TokenPeriod = Minute };

    private static (long Used, long Held) Of(WindowStatus? window) => (window!.Used, window.Held);

    private SliceRequest Request((long Need, long Want)? requests = null, (long Need, long Want)? tokens = null) => new()
    {
        SliceId = Guid.CreateVersion7(_time.GetUtcNow()),
        Holder = "vk",
        RequestsNeed = requests?.Need ?? 1,
        RequestsWant = requests?.Want ?? 1,
        TokensNeed = tokens?.Need ?? 0,
        TokensWant = tokens?.Want ?? 0,
    };

    private SliceReply Take(SliceRequest request) => _windows.Take(_limit, request, _time.GetUtcNow());

    private AccountStatus Status() => _windows.Status(_limit, _time.GetUtcNow());

    private void Report(SliceRequest request, long requests, long used = 0, long held = 0, int sequence = 1, bool last = false) => _windows.Return(
        _limit,
        [
            new SliceReport
            {
                SliceId = request.SliceId,
                Sequence = sequence,
                Requests = requests,
                TokensUsed = used,
                TokensHeld = held,
                Last = last,
            },
        ],
        _time.GetUtcNow());

    private void Restore()
    {
        var snapshot = _windows.Snapshot();
        _windows = new AccountWindows(new AccountLimits());
        _windows.Merge(snapshot, _time.GetUtcNow());
    }
}
