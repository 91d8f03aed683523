using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Limits;

/// <summary>
/// The rules of one account's shared windows. All of a slice counts from the moment it is handed out until its holder reports what it
/// used; a slice without reports counts whole until its window rolls. So what the holders spend together never passes the limit in a
/// window of one activation, except by calls that used more tokens than they were estimated at, and by slices that were out when the limit was
/// lowered. Pure counting; belongs to one activation's turn.
/// </summary>
public sealed class AccountWindows(AccountLimits limits)
{
    private readonly KeyWindow _requests = new();
    private readonly KeyWindow _tokens = new();
    private readonly SliceMemory _slices = new(limits);
    private DateTimeOffset _restoredAt = DateTimeOffset.MinValue;

    /// <summary>Grows with everything that a snapshot would keep.</summary>
    public long Changes { get; private set; }

    /// <summary>Slices in memory; none means that the activation holds nothing but what a snapshot keeps.</summary>
    public int SlicesKept => _slices.Count;

    /// <summary>Hands out a slice or refuses it, see <see cref="IAccountGrain.Take"/>.</summary>
    public SliceReply Take(RateLimit? limit, SliceRequest request, DateTimeOffset now)
    {
        Return(limit, request.Reports, now);
        if (_slices.Find(request.SliceId) is { } known) return Reply(known, limit, now);
        var fits = Fits(_requests, limit?.RequestsMax, request.RequestsNeed) && Fits(_tokens, limit?.TokensMax, request.TokensNeed);
        var slice = fits ? Grant(limit, request, now) : new SharedSlice(request.SliceId, request.Holder);
        _slices.Add(slice, ended: !fits, now);
        if (fits) Changes++;
        return Reply(slice, limit, now);
    }

    /// <summary>Takes back what is left of slices, see <see cref="IAccountGrain.Return"/>.</summary>
    public void Return(RateLimit? limit, ImmutableArray<SliceReport> reports, DateTimeOffset now)
    {
        Roll(limit, now);
        foreach (var report in reports)
        {
            var slice = _slices.Find(report.SliceId) ?? Foreign(report, now);
            if (slice is null || report.Sequence <= slice.Sequence) continue;
            slice.Sequence = report.Sequence;
            slice.InRequests.Set(0, report.Requests);
            slice.InTokens.Set(report.TokensHeld, report.TokensUsed);
            if (report.Last) _slices.End(slice, now);
            Changes++;
        }
    }

    public AccountStatus Status(RateLimit? limit, DateTimeOffset now)
    {
        Roll(limit, now);
        return new AccountStatus
        {
            Requests = limit?.RequestsMax is { } requestsMax ? StatusOf(_requests, requestsMax, now) : null,
            Tokens = limit?.TokensMax is { } tokensMax ? StatusOf(_tokens, tokensMax, now) : null,
            SlicesOut = _slices.Out,
        };
    }

    /// <summary>Gives up slices without reports for long, and forgets those that ended.</summary>
    public void Sweep(DateTimeOffset now) => _slices.Sweep(now);

    /// <summary>What a snapshot keeps.</summary>
    public AccountSnapshot Snapshot() => new(CountOf(_requests), CountOf(_tokens));

    /// <summary>Takes over what a snapshot kept; repeating it changes nothing.</summary>
    public void Merge(AccountSnapshot snapshot, DateTimeOffset now)
    {
        Merge(_requests, snapshot.Requests);
        Merge(_tokens, snapshot.Tokens);
        if (snapshot.Requests is not null || snapshot.Tokens is not null) _restoredAt = now;
    }

    private SharedSlice Grant(RateLimit? limit, SliceRequest request, DateTimeOffset now)
    {
        var requests = Share(_requests, limit?.RequestsMax, request.RequestsNeed, request.RequestsWant);
        var tokens = Share(_tokens, limit?.TokensMax, request.TokensNeed, request.TokensWant);
        var windowEnd = DateTimeOffset.MaxValue;
        if (requests is not null) windowEnd = now + _requests.ResetsIn(now);
        if (tokens is not null && now + _tokens.ResetsIn(now) < windowEnd) windowEnd = now + _tokens.ResetsIn(now);
        var scarce = requests < request.RequestsWant || tokens < request.TokensWant;
        var lifeEnd = now + (scarce ? limits.ScarceSliceLife : limits.SliceLife);
        return new SharedSlice(request.SliceId, request.Holder)
        {
            Granted = true,
            Requests = requests,
            Tokens = tokens,
            InRequests = requests is { } ofRequests ? SliceCharge.On(_requests, ofRequests) : SliceCharge.None,
            InTokens = tokens is { } ofTokens ? SliceCharge.On(_tokens, ofTokens) : SliceCharge.None,
            SpendUntil = lifeEnd < windowEnd ? lifeEnd : windowEnd,
            WindowEnd = windowEnd,
        };
    }

    private static bool Fits(KeyWindow window, long? limit, long need) => limit is not { } max || window.RoomOf(max) >= need;

    private long? Share(KeyWindow window, long? limit, long need, long want)
    {
        if (limit is not { } max) return null;
        var beyond = window.RoomOf(max) - need;
        return need + Math.Max(0, Math.Min(want - need, beyond / limits.ExtraShare));
    }

    /// <summary>
    /// A report of a slice that another activation handed out, or that was never handed out: remembered, so that its late request is
    /// refused. What it used counts, unless a snapshot has it already.
    /// </summary>
    private SharedSlice? Foreign(SliceReport report, DateTimeOffset now)
    {
        var madeAt = UuidTime.MadeAt(report.SliceId);
        if (madeAt <= _restoredAt || now - madeAt >= limits.SliceKept) return null;
        var slice = new SharedSlice(report.SliceId, "")
        {
            InRequests = madeAt >= _requests.Start ? SliceCharge.On(_requests, 0) : SliceCharge.None,
            InTokens = madeAt >= _tokens.Start ? SliceCharge.On(_tokens, 0) : SliceCharge.None,
        };
        _slices.Add(slice, ended: false, now);
        return slice;
    }

    private SliceReply Reply(SharedSlice slice, RateLimit? limit, DateTimeOffset now) => new()
    {
        // A slice that ended, or that a report came for, is not handed out by a request that comes late.
        Granted = slice.Granted && slice.Sequence == 0,
        Requests = slice.Requests,
        Tokens = slice.Tokens,
        SpendMs = MsUntil(slice.SpendUntil, now),
        WindowMs = MsUntil(slice.WindowEnd, now),
        Status = Status(limit, now),
    };

    private static long MsUntil(DateTimeOffset end, DateTimeOffset now) =>
        end <= now ? 0 : (end - now).Ticks / TimeSpan.TicksPerMillisecond;

    private void Roll(RateLimit? limit, DateTimeOffset now)
    {
        if (limit is null) return;
        _requests.Roll(limit.RequestPeriod, now);
        _tokens.Roll(limit.TokenPeriod, now);
    }

    private static WindowStatus StatusOf(KeyWindow window, long limit, DateTimeOffset now) => new()
    {
        Limit = limit,
        Used = window.Used,
        Held = window.Held,
        ResetMs = (long)Math.Ceiling(window.ResetsIn(now).TotalMilliseconds),
        Period = PeriodParser.Format(window.Period),
    };

    private static SharedCount? CountOf(KeyWindow window) =>
        window.Period.Count == 0 ? null : new SharedCount(window.Period, window.Start, window.Used + window.Held);

    private static void Merge(KeyWindow window, SharedCount? count)
    {
        if (count is null) return;
        var sameWindow = count.Start == window.Start && count.Period == window.Period;
        window.Merge(count.Period, count.Start, sameWindow ? count.Used - window.Held : count.Used);
    }
}
