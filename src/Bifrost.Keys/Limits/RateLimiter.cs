using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>
/// The rate windows of a key and of its config of one provider: all of them let a call pass, or none is touched. Pure counting; belongs to
/// one activation's turn.
/// </summary>
internal sealed class RateLimiter(TimeSpan busyRetryAfter)
{
    private const string KeyScope = "";

    private readonly Dictionary<string, RateWindows> _scopes = new(StringComparer.Ordinal);

    /// <summary>Every window by scope: empty for the key itself, else the provider of the config.</summary>
    public IReadOnlyDictionary<string, RateWindows> Scopes => _scopes;

    /// <summary>Null when the call fits everywhere; nothing is counted yet.</summary>
    public Refusal? Check(VirtualKey key, KeyProvider? config, long tokens, DateTimeOffset now)
    {
        var refusal = CheckOwner(key.RateLimit, KeyScope, $"virtual key '{key.Name}'", tokens, now);
        if (refusal is not null || config?.RateLimit is null) return refusal;
        return CheckOwner(config.RateLimit, config.Provider, $"virtual key '{key.Name}' at provider '{config.Provider}'", tokens, now);
    }

    /// <summary>Counts one request and holds its tokens in every window that binds. Call only after <see cref="Check"/> in the same turn.</summary>
    public void Take(Attempt attempt, VirtualKey key, KeyProvider? config, long tokens, DateTimeOffset now)
    {
        attempt.HeldTokens = tokens;
        attempt.Key = TakeOwner(key.RateLimit, KeyScope, tokens, now);
        if (config is not null) attempt.Config = TakeOwner(config.RateLimit, config.Provider, tokens, now);
    }

    /// <summary>Puts the real number in the place of the held one; a try that was never sent gives its request back too.</summary>
    public static void Correct(Attempt attempt, long tokens, bool sent)
    {
        CorrectOwner(attempt.Key, attempt.HeldTokens, tokens, sent);
        CorrectOwner(attempt.Config, attempt.HeldTokens, tokens, sent);
    }

    /// <summary>Counts the tokens of a call that another activation admitted, unless that was before the current window.</summary>
    public void CountForeign(VirtualKey? key, string provider, DateTimeOffset admittedAt, long tokens, DateTimeOffset now)
    {
        if (key is null || tokens == 0) return;
        CountForeignIn(key.RateLimit, KeyScope, admittedAt, tokens, now);
        if (KeyAccess.ConfigOf(key, provider) is { } config) CountForeignIn(config.RateLimit, config.Provider, admittedAt, tokens, now);
    }

    /// <summary>The tightest request and token window, for the headers; null when nothing binds.</summary>
    public RateLimitView? View(VirtualKey? key, KeyProvider? config, DateTimeOffset now)
    {
        if (key?.RateLimit is null && config?.RateLimit is null) return null;
        var view = Tighten(new RateLimitView(), key?.RateLimit, KeyScope, now);
        if (config is not null) view = Tighten(view, config.RateLimit, config.Provider, now);
        return view.LimitRequests is null && view.LimitTokens is null ? null : view;
    }

    /// <summary>Takes over counts of a snapshot.</summary>
    public RateWindows Scope(string scope)
    {
        if (!_scopes.TryGetValue(scope, out var windows)) _scopes.Add(scope, windows = new RateWindows());
        return windows;
    }

    private Refusal? CheckOwner(RateLimit? limit, string scope, string level, long tokens, DateTimeOffset now)
    {
        if (limit is null) return null;
        var windows = Rolled(limit, scope, now);
        var requestsFull = limit.RequestsMax is { } requestsMax && windows.Requests.RoomOf(requestsMax) < 1;
        if (limit.TokensMax is not { } tokensMax || windows.Tokens.RoomOf(tokensMax) >= tokens)
        {
            return requestsFull
                ? KeyRefusals.Of(
                    RefusalReason.RequestLimited, KeyRefusals.Requests(level, limit, windows.Requests, now), windows.Requests.ResetsIn(now))
                : null;
        }

        if (tokens > tokensMax) return KeyRefusals.Of(RefusalReason.TokenLimited, KeyRefusals.TooLarge(level, limit, tokens));
        var message = KeyRefusals.Tokens(level, limit, windows.Tokens, tokens, now);
        var reset = windows.Tokens.ResetsIn(now);
        var wait = windows.Tokens.Used + tokens <= tokensMax && busyRetryAfter < reset ? busyRetryAfter : reset;
        if (!requestsFull) return KeyRefusals.Of(RefusalReason.TokenLimited, message, wait);
        return KeyRefusals.Of(
            RefusalReason.RateLimited,
            KeyRefusals.Requests(level, limit, windows.Requests, now) + " " + message,
            TimeSpan.FromTicks(Math.Max(wait.Ticks, windows.Requests.ResetsIn(now).Ticks)));
    }

    private CountedIn? TakeOwner(RateLimit? limit, string scope, long tokens, DateTimeOffset now)
    {
        if (limit is null) return null;
        var windows = Rolled(limit, scope, now);
        windows.Requests.Count(1);
        windows.Tokens.Hold(tokens);
        return new CountedIn(windows);
    }

    private static void CorrectOwner(CountedIn? counted, long held, long tokens, bool sent)
    {
        if (counted is null) return;
        counted.Windows.Tokens.Correct(counted.TokensEra, held, tokens);
        if (!sent) counted.Windows.Requests.Uncount(counted.RequestsEra, 1);
    }

    private void CountForeignIn(RateLimit? limit, string scope, DateTimeOffset admittedAt, long tokens, DateTimeOffset now)
    {
        if (limit is null) return;
        var windows = Rolled(limit, scope, now);
        if (admittedAt >= windows.Tokens.Start) windows.Tokens.Count(tokens);
    }

    private RateLimitView Tighten(RateLimitView view, RateLimit? limit, string scope, DateTimeOffset now)
    {
        if (limit is null) return view;
        var windows = Rolled(limit, scope, now);
        if (limit.RequestsMax is { } requestsMax && (view.LimitRequests is null || windows.Requests.RoomOf(requestsMax) < view.RemainingRequests))
        {
            view = view with
            {
                LimitRequests = requestsMax,
                RemainingRequests = windows.Requests.RoomOf(requestsMax),
                ResetRequestsMs = (long)Math.Ceiling(windows.Requests.ResetsIn(now).TotalMilliseconds),
            };
        }

        if (limit.TokensMax is not { } tokensMax || (view.LimitTokens is not null && windows.Tokens.RoomOf(tokensMax) >= view.RemainingTokens))
            return view;
        return view with
        {
            LimitTokens = tokensMax,
            RemainingTokens = windows.Tokens.RoomOf(tokensMax),
            ResetTokensMs = (long)Math.Ceiling(windows.Tokens.ResetsIn(now).TotalMilliseconds),
        };
    }

    private RateWindows Rolled(RateLimit limit, string scope, DateTimeOffset now)
    {
        var windows = Scope(scope);
        windows.Requests.Roll(limit.RequestPeriod, now);
        windows.Tokens.Roll(limit.TokenPeriod, now);
        return windows;
    }
}
