using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>Shared windows in the view that becomes the <c>x-ratelimit-*</c> headers: the tightest window is shown.</summary>
internal static class SharedView
{
    /// <param name="view">The tightest so far.</param>
    /// <param name="window">The window as the account told it last.</param>
    /// <param name="inHand">What of it is in the key's own hand.</param>
    /// <param name="ageMs">How long ago that was told.</param>
    public static RateLimitView Requests(RateLimitView view, WindowStatus window, long inHand, long ageMs)
    {
        var remaining = Remaining(window, inHand);
        if (view.LimitRequests is not null && view.RemainingRequests <= remaining) return view;
        return view with { LimitRequests = window.Limit, RemainingRequests = remaining, ResetRequestsMs = window.ResetMs - ageMs };
    }

    /// <inheritdoc cref="Requests"/>
    public static RateLimitView Tokens(RateLimitView view, WindowStatus window, long inHand, long ageMs)
    {
        var remaining = Remaining(window, inHand);
        if (view.LimitTokens is not null && view.RemainingTokens <= remaining) return view;
        return view with { LimitTokens = window.Limit, RemainingTokens = remaining, ResetTokensMs = window.ResetMs - ageMs };
    }

    private static long Remaining(WindowStatus window, long inHand) =>
        Math.Max(0, window.Limit - window.Used - window.Held) + Math.Max(0, inHand);
}
