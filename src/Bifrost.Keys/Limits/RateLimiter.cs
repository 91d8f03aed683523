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
        var refusal = CheckOwner(key.RateLimit, KeyScope, key, tokens, now);
        return refusal ?? (config is null ? null : CheckOwner(config.RateLimit, config.Provider, key, tokens, now));
    }

    /// <summary>Counts one request and holds its tokens in every window that binds. Call only after <see cref="Check"/> in the same turn.</summary>
    public void Take(KeyAttempt attempt, VirtualKey key, KeyProvider? config, long tokens, DateTimeOffset now)
    {
        attempt.HeldTokens = tokens;
        attempt.Key = TakeOwner(key.RateLimit, KeyScope, tokens, now);
        if (config is not null) attempt.Config = TakeOwner(config.RateLimit, config.Provider, tokens, now);
    }

    /// <summary>Puts the real number in the place of the held one; a try that was never sent gives its request back too.</summary>
    public static void Correct(KeyAttempt attempt, long tokens, bool sent)
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
        var (requests, tokens) = (default(Tightest), default(Tightest));
        Tighten(ref requests, ref tokens, key?.RateLimit, KeyScope, now);
        if (config is not null) Tighten(ref requests, ref tokens, config.RateLimit, config.Provider, now);
        return requests.Limit is null && tokens.Limit is null ? null : new RateLimitView
        {
            LimitRequests = requests.Limit,
            RemainingRequests = requests.Remaining,
            ResetRequestsMs = requests.ResetMs,
            LimitTokens = tokens.Limit,
            RemainingTokens = tokens.Remaining,
            ResetTokensMs = tokens.ResetMs,
        };
    }

    /// <summary>Takes over counts of a snapshot.</summary>
    public RateWindows Scope(string scope)
    {
        if (!_scopes.TryGetValue(scope, out var windows)) _scopes.Add(scope, windows = new RateWindows());
        return windows;
    }

    private Refusal? CheckOwner(RateLimit? limit, string scope, VirtualKey key, long tokens, DateTimeOffset now)
    {
        if (limit is null) return null;
        var windows = Rolled(limit, scope, now);
        var requestsFull = limit.RequestsMax is { } requestsMax && windows.Requests.RoomOf(requestsMax) < 1;
        var tokensFull = limit.TokensMax is { } most && windows.Tokens.RoomOf(most) < tokens;
        if (!requestsFull && !tokensFull) return null;
        var refused = Refused(limit, windows, KeyRefusals.Level(key, scope), tokens, requestsFull, tokensFull, now);
        return scope.Length == 0 ? refused : refused with { Level = RefusalLevel.KeyProvider };
    }

    private Refusal Refused(
        RateLimit limit, RateWindows windows, string level, long tokens, bool requestsFull, bool tokensFull, DateTimeOffset now)
    {
        if (!tokensFull)
        {
            return KeyRefusals.Of(
                RefusalReason.RequestLimited, KeyRefusals.Requests(level, limit, windows.Requests, now), windows.Requests.ResetsIn(now));
        }

        var tokensMax = limit.TokensMax!.Value;
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

    private void Tighten(ref Tightest requests, ref Tightest tokens, RateLimit? limit, string scope, DateTimeOffset now)
    {
        if (limit is null) return;
        var windows = Rolled(limit, scope, now);
        requests.Tighten(limit.RequestsMax, windows.Requests, now);
        tokens.Tighten(limit.TokensMax, windows.Tokens, now);
    }

    private RateWindows Rolled(RateLimit limit, string scope, DateTimeOffset now)
    {
        var windows = Scope(scope);
        windows.Requests.Roll(limit.RequestPeriod, now);
        windows.Tokens.Roll(limit.TokenPeriod, now);
        return windows;
    }

    /// <summary>The window with the least room of those seen; without a limit: none yet.</summary>
    private struct Tightest
    {
        public long? Limit { get; private set; }
        public long Remaining { get; private set; }
        public long ResetMs { get; private set; }

        public void Tighten(long? limit, KeyWindow window, DateTimeOffset now)
        {
            if (limit is not { } max) return;
            var room = window.RoomOf(max);
            if (Limit is null || room < Remaining) (Limit, Remaining, ResetMs) = (max, room, (long)Math.Ceiling(window.ResetsIn(now).TotalMilliseconds));
        }
    }
}
