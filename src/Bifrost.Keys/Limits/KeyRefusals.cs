using System.Globalization;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Limits;

/// <summary>The refusals of admission, worded for the caller: level, limit, used, reset, and what would fit (contract section 6).</summary>
public static class KeyRefusals
{
    /// <summary>One answer for a key that is not there and for a secret that is not its own.</summary>
    public static readonly Refusal KeyNotFound = Of(RefusalReason.VirtualKeyNotFound, "This virtual key does not exist.");

    public static readonly Refusal NotReady = Of(
        RefusalReason.LedgerUnavailable, "The ledger cannot be reached, so nobody is admitted for the moment.", TimeSpan.FromSeconds(1));

    public static readonly Refusal Moving = Of(
        RefusalReason.LedgerUnavailable, "The virtual key's grain is leaving this server. Try again.", TimeSpan.FromSeconds(1));

    public static readonly Refusal SettledBefore = Of(RefusalReason.AccessBlocked, "This attempt was ended before it was admitted.");

    /// <summary>How messages name the caller.</summary>
    public static string Level(VirtualKey? key) => key is null ? "calls without a virtual key" : $"virtual key '{key.Name}'";

    /// <summary>How messages name the owner of a window: the key, or its config of a provider.</summary>
    internal static string Level(VirtualKey key, string provider) =>
        provider.Length == 0 ? Level(key) : $"{Level(key)} at provider '{provider}'";

    public static Refusal Inactive(VirtualKey key) => Of(RefusalReason.AccessBlocked, $"Virtual key '{key.Name}' is not active.");

    public static Refusal Expired(VirtualKey key, DateTimeOffset at) =>
        Of(RefusalReason.AccessBlocked, $"Virtual key '{key.Name}' expired at {at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}.");

    /// <summary>Null: the key may use the model.</summary>
    public static Refusal? Of(ModelAccess access, VirtualKey? key, string provider, string model) => access switch
    {
        ModelAccess.ProviderBlocked => Of(RefusalReason.ProviderBlocked, $"Provider '{provider}' is not open to {Level(key)}."),
        ModelAccess.ModelBlocked => Of(RefusalReason.ModelBlocked, $"Model '{model}' of provider '{provider}' is not open to {Level(key)}."),
        ModelAccess.Unpriced => Of(
            RefusalReason.ModelUnpriced,
            $"Model '{provider}/{model}' has no price now, and calls without a price are refused under a budget, or always where the settings say so. "
            + $"An operator can price it: \"pricing\": {{\"{provider}/{model}\": {{\"input_cost_per_token\": …, \"output_cost_per_token\": …}}}} in the "
            + "configuration file, or the same object without \"pricing\" with PUT /api/pricing."),
        _ => null,
    };

    /// <summary>Content whose cost has no bound, under a budget that holds bounds (contract section 6).</summary>
    public static Refusal Unbounded(string provider, string model, string why) => Of(
        RefusalReason.UnboundedContent,
        $"What this call may cost at '{provider}/{model}' cannot be bounded: {why}. Send it without that content, or give the model's data in "
        + "'pricing' (max_input_tokens, max_output_tokens).");

    /// <summary>A field that may change the price, under a budget (contract section 6).</summary>
    public static Refusal FieldUnpriced(string provider, string field) => Of(
        RefusalReason.FieldUnpriced,
        $"The field '{field}' may change what this call costs at provider '{provider}', and what it costs is not known; calls under a budget "
        + "may not use it. Leave it out, or declare it in the provider's billing.free_fields if it is free.");

    /// <summary>A name under which the provider chooses what runs, under a budget.</summary>
    public static Refusal ModelUnbound(string provider, string model) => Of(
        RefusalReason.FieldUnpriced,
        $"Under the name '{model}' provider '{provider}' chooses itself what runs and what it costs; calls under a budget may not use it. "
        + "Name one model.");

    /// <summary>A service tier without a price, under a budget (contract section 6).</summary>
    public static Refusal TierUnpriced(string provider, string model, string tier) => Of(
        RefusalReason.FieldUnpriced,
        $"Service tier '{tier}' of '{provider}/{model}' has no price; calls under a budget may not use it. Leave service_tier out, or give the "
        + "tier's prices in 'pricing'.");

    /// <summary>A model that keeps charging above its bound (contract section 6).</summary>
    public static Refusal BoundBroken(string provider, string model) => Of(
        RefusalReason.BoundBroken,
        $"Model '{provider}/{model}' has charged many times what its calls were bounded at; it is refused under a budget until an operator has "
        + "corrected its price or its data and reset it.");

    /// <summary>Null: the key may have one more call in flight.</summary>
    public static Refusal? InFlight(VirtualKey? key, int inFlight, TimeSpan retryAfter) => key is { CallsInFlightMax: > 0 and var max } && inFlight >= max
        ? Of(
            RefusalReason.ConcurrencyLimited, $"{Capital(Level(key))} has {inFlight} calls in flight and may have {max}; one that ends makes room.", retryAfter)
        : null;

    public static string Requests(string level, RateLimit limit, KeyWindow window, DateTimeOffset now) =>
        $"{Capital(level)} may make {limit.RequestsMax} requests per {Per(limit.RequestPeriod)} and has made {window.Used}; "
        + $"the window resets in {Duration(window.ResetsIn(now))}.";

    public static string Tokens(string level, RateLimit limit, KeyWindow window, long wanted, DateTimeOffset now) =>
        $"{Capital(level)} may use {limit.TokensMax} tokens per {Per(limit.TokenPeriod)}; {window.Used} are used and {window.Held} held by running "
        + $"calls. This call is estimated at {wanted}; up to {window.RoomOf(limit.TokensMax ?? 0)} would fit. "
        + $"The window resets in {Duration(window.ResetsIn(now))}.";

    public static string TooLarge(string level, RateLimit limit, long wanted) =>
        TooLarge(level, limit.TokensMax ?? 0, Per(limit.TokenPeriod), wanted);

    public static string TooLarge(string level, long limit, string period, long wanted) =>
        $"This call is estimated at {wanted} tokens, more than a whole window of {level} ({limit} tokens per {period}); "
        + "a shorter prompt or a lower max_completion_tokens would fit.";

    public static Refusal Of(RefusalReason reason, string message, TimeSpan? retryAfter = null) => new()
    {
        Reason = reason,
        Message = message,
        Level = reason == RefusalReason.LedgerUnavailable ? RefusalLevel.Gateway : RefusalLevel.VirtualKey,
        RetryAfterMs = retryAfter is { } wait ? Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds)) : null,
    };

    private static string Per(WindowPeriod period) => PeriodParser.Format(period);

    public static string Capital(string level) => char.ToUpperInvariant(level[0]) + level[1..];

    public static string Duration(TimeSpan time)
    {
        var seconds = (long)Math.Ceiling(time.TotalSeconds);
        return seconds switch
        {
            < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
            < 3_600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m{seconds % 60}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600}h{seconds / 60 % 60}m"),
        };
    }
}
