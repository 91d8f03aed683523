using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>Refusals by shared windows in words (contract section 6): level, limit, used, reset, and what would fit.</summary>
internal static class SharedRefusals
{
    public static Refusal Of(SliceAnswer answer, AccountRule rule, long tokens, TimeSpan busyRetryAfter)
    {
        if (answer.Crowded)
            return KeyRefusals.Of(RefusalReason.QueueFull, $"Too many calls wait for the windows of {rule.Level}.", busyRetryAfter);
        if (answer.Full is not { } status)
            return KeyRefusals.Of(RefusalReason.LedgerUnavailable, $"The windows of {rule.Level} cannot be reached; nothing was sent.", busyRetryAfter);

        var requests = status.Requests is { } r && Room(r) < 1 ? r : null;
        var full = status.Tokens is { } t && Room(t) < tokens ? t : null;
        if (full is not null && tokens > full.Limit) return TooLarge(rule.Level, full, tokens);
        if (full is null)
        {
            // Both have room by now: another key gave back while the answer came.
            return KeyRefusals.Of(
                RefusalReason.RequestLimited,
                requests is null ? $"The windows of {rule.Level} were full." : Requests(rule.Level, requests),
                requests is null ? busyRetryAfter : Wait(requests, 1, busyRetryAfter));
        }

        var wait = Wait(full, tokens, busyRetryAfter);
        if (requests is null) return KeyRefusals.Of(RefusalReason.TokenLimited, Tokens(rule.Level, full, tokens), wait);
        var requestsWait = Wait(requests, 1, busyRetryAfter);
        return KeyRefusals.Of(
            RefusalReason.RateLimited,
            Requests(rule.Level, requests) + " " + Tokens(rule.Level, full, tokens),
            requestsWait > wait ? requestsWait : wait);
    }

    private static Refusal TooLarge(string level, WindowStatus window, long tokens) => KeyRefusals.Of(
        RefusalReason.TokenLimited, KeyRefusals.TooLarge(level, window.Limit, window.Period, tokens));

    private static string Requests(string level, WindowStatus window) =>
        $"{KeyRefusals.Capital(level)} may make {window.Limit} requests per {window.Period}; {window.Used} are made and {window.Held} are held for "
        + $"calls of its keys. The window resets in {Reset(window)}.";

    private static string Tokens(string level, WindowStatus window, long tokens) =>
        $"{KeyRefusals.Capital(level)} may use {window.Limit} tokens per {window.Period}; {window.Used} are used and {window.Held} are held for "
        + $"calls of its keys. This call is estimated at {tokens}; up to {Room(window)} would fit. The window resets in {Reset(window)}.";

    private static long Room(WindowStatus window) => Math.Max(0, window.Limit - window.Used - window.Held);

    /// <summary>What is held may come back in a moment; what is used comes back with the next window.</summary>
    private static TimeSpan Wait(WindowStatus window, long need, TimeSpan busyRetryAfter)
    {
        var reset = TimeSpan.FromMilliseconds(window.ResetMs);
        return window.Used + need <= window.Limit && busyRetryAfter < reset ? busyRetryAfter : reset;
    }

    private static string Reset(WindowStatus window) => KeyRefusals.Duration(TimeSpan.FromMilliseconds(window.ResetMs));
}
