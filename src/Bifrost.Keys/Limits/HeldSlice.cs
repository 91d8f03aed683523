using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>
/// One slice in the hands of a key. Times are monotonic and were counted from before its request was sent, so it ends here before it ends
/// at its account. The key's turn owns every field.
/// </summary>
internal sealed class HeldSlice(Guid id)
{
    public Guid Id { get; } = id;

    /// <summary>What was handed out; null where no window binds.</summary>
    public long? Requests { get; init; }

    public long? Tokens { get; init; }
    public TimeSpan SpendUntil { get; init; }
    public TimeSpan WindowEnd { get; init; }

    /// <summary>False as soon as no other call may be paid from it.</summary>
    public bool Spendable { get; set; }

    /// <summary>True while its account has to be told something.</summary>
    public bool Owes { get; set; }

    /// <summary>True once its account has acknowledged the last report.</summary>
    public bool Closed { get; set; }

    private int _calls;
    private long _requestsUsed;
    private long _tokensUsed;
    private long _tokensHeld;
    private int _sequence;

    public long? RequestsLeft => Requests - _requestsUsed;

    public long? TokensLeft => Tokens - _tokensUsed - _tokensHeld;

    public bool Fits(long tokens, TimeSpan now) =>
        Spendable && now < SpendUntil && (RequestsLeft ?? 1) >= 1 && (TokensLeft ?? tokens) >= tokens;

    public void Hold(long tokens)
    {
        _calls++;
        _requestsUsed++;
        _tokensHeld += tokens;
    }

    /// <summary>A call ended; one that was never sent made no request.</summary>
    public void End(long tokensHeld, long tokensUsed, bool sent)
    {
        _calls--;
        _tokensHeld -= tokensHeld;
        _tokensUsed += tokensUsed;
        if (!sent) _requestsUsed--;
    }

    public SliceReport Report() => new()
    {
        SliceId = Id,
        Sequence = ++_sequence,
        Requests = _requestsUsed,
        TokensUsed = _tokensUsed,
        TokensHeld = _tokensHeld,
        Last = _calls == 0,
    };
}
