using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Limits;

/// <summary>
/// One account as one key knows it: at most one slice that is spent, slices whose calls still run, calls that wait in line, and at most
/// one request to the account under way. Asking for a slice gives the one before back, so nothing is kept in two places. Entered in the
/// key's turn, which it leaves while it waits; what may change meanwhile is looked at again.
/// </summary>
internal sealed class AccountSlices(string holder, IAccountGrain account, KeyTurn turn, TimeProvider time, AccountLimits limits)
{
    /// <summary>Slices that may end before they arrive until a call is refused.</summary>
    private const int TakesMax = 3;

    private readonly long _origin = time.GetTimestamp();
    private readonly Queue<SliceWaiter> _waiters = [];
    private readonly SliceReports _reports = new();

    private HeldSlice? _current;
    private SliceRefusal? _refused;
    private SpendMeter _spent;
    private long _waitingTokens;
    private bool _serving;
    private TimeSpan _usedAt;

    private AccountStatus? _status;
    private TimeSpan _statusAt;

    /// <summary>True while something is in hand, or on its way, that has to be given back, or something is to be reported.</summary>
    public bool Owes => _serving || _current is not null || _reports.Any;

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>True when it may be forgotten.</summary>
    public bool IsIdle => !Owes && _reports.Open == 0 && Now - _usedAt >= limits.IdleKept;

    /// <summary>Holds one request and so many tokens: at once from the slice in hand, else after asking the account.</summary>
    public ValueTask<SliceAnswer> HoldAsync(long tokens)
    {
        var now = _usedAt = Now;
        if (_waiters.Count == 0)
        {
            if (_current is { } current && current.Fits(tokens, now)) return new(Pay(current, tokens, now));
            if (_refused is { } refused && refused.Covers(tokens, now)) return new(new SliceAnswer(null, refused.Full));
        }

        if (_waiters.Count >= limits.WaitersMax) return new(new SliceAnswer(null, Crowded: true));
        var waiter = new SliceWaiter(tokens);
        _waiters.Enqueue(waiter);
        _waitingTokens += tokens;
        if (!_serving) _ = ServeAsync();
        return new(waiter.Answered);
    }

    /// <summary>Ends what <see cref="HoldAsync"/> began.</summary>
    public void End(SliceUse use, long tokensUsed, bool sent)
    {
        use.Slice.End(use.Tokens, tokensUsed, sent);
        if (!use.Slice.Spendable) _reports.Add(use.Slice);
    }

    /// <summary>Whether the call would still be counted in the window that it passes in.</summary>
    public bool IsInWindow(HeldSlice slice) => Now < slice.WindowEnd;

    /// <summary>Tells the account what it has to know; a slice past its time, or <paramref name="all"/> of them, goes back.</summary>
    public Task ReturnAsync(bool all)
    {
        if (_current is { } current && (all || Now >= current.SpendUntil)) Retire(current);
        return _reports.Any ? SendAsync() : Task.CompletedTask;
    }

    /// <summary>The tighter of what is given and of what is known here.</summary>
    public RateLimitView Tighten(RateLimitView view)
    {
        if (_status is not { } status) return view;
        var age = (long)(Now - _statusAt).TotalMilliseconds;
        if (status.Requests is { } requests && requests.ResetMs > age)
            view = SharedView.Requests(view, requests, _current?.RequestsLeft ?? 0, age);
        if (status.Tokens is { } tokens && tokens.ResetMs > age)
            view = SharedView.Tokens(view, tokens, _current?.TokensLeft ?? 0, age);
        return view;
    }

    private SliceAnswer Pay(HeldSlice slice, long tokens, TimeSpan now)
    {
        slice.Hold(tokens);
        _spent.Add(now, limits.SliceLife, tokens, 1);
        return new SliceAnswer(slice);
    }

    /// <summary>Answers the line from its head on; runs while anyone waits.</summary>
    private async Task ServeAsync()
    {
        using var taken = turn.Take();
        _serving = true;
        while (_waiters.TryPeek(out var first))
        {
            var now = Now;
            if (_current is { } current && current.Fits(first.Tokens, now)) Answer(first, Pay(current, first.Tokens, now));
            else if (_refused is { } refused && refused.Covers(first.Tokens, now)) Answer(first, new SliceAnswer(null, refused.Full));
            else if (++first.Takes > TakesMax) Answer(first, new SliceAnswer(null));
            else await turn.Outside(TakeAsync(first, now));
        }

        _serving = false;
    }

    private void Answer(SliceWaiter first, SliceAnswer answer)
    {
        _waiters.Dequeue();
        _waitingTokens -= first.Tokens;
        first.Answer(answer);
    }

    private async Task TakeAsync(SliceWaiter first, TimeSpan sentAt)
    {
        using var taken = turn.Take();
        if (_current is not null) Retire(_current);
        var reports = _reports.Next();
        var request = new SliceRequest
        {
            SliceId = Uuid.New(time),
            Holder = holder,
            RequestsNeed = 1,
            RequestsWant = Math.Max(_waiters.Count, _spent.Calls(sentAt, limits.SliceLife)),
            TokensNeed = first.Tokens,
            TokensWant = Math.Max(_waitingTokens, _spent.Nanos(sentAt, limits.SliceLife)),
            Reports = SliceReports.Of(reports),
        };
        SliceReply reply;
        try
        {
            reply = await turn.Outside(new ValueTask<SliceReply>(account.Take(request)));
        }
        catch (Exception)
        {
            // It is unknown whether a slice was handed out: if one was, it goes back unused.
            _reports.Failed(reports);
            _reports.Opened(new HeldSlice(request.SliceId), retired: true);
            _refused = new SliceRefusal(Now + limits.RefusalKept, first.Tokens, null);
            return;
        }

        _reports.Sent(reports);
        (_status, _statusAt) = (reply.Status, sentAt);
        if (!reply.Granted)
        {
            _refused = new SliceRefusal(Now + limits.RefusalKept, first.Tokens, reply.Status);
            return;
        }

        _refused = null;
        _current = new HeldSlice(request.SliceId)
        {
            Requests = reply.Requests,
            Tokens = reply.Tokens,
            SpendUntil = sentAt + TimeSpan.FromMilliseconds(reply.SpendMs),
            WindowEnd = sentAt + TimeSpan.FromMilliseconds(reply.WindowMs),
            Spendable = true,
        };
        _reports.Opened(_current, retired: false);
    }

    private void Retire(HeldSlice slice)
    {
        slice.Spendable = false;
        _current = null;
        _reports.Add(slice);
    }

    private async Task SendAsync()
    {
        using var taken = turn.Take();
        var reports = _reports.Next();
        try
        {
            await turn.Outside(account.Return(new SliceReturn { Reports = SliceReports.Of(reports) }));
        }
        catch (Exception)
        {
            // Lost or not: the next report says it again.
            _reports.Failed(reports);
            return;
        }

        _reports.Sent(reports);
    }
}
