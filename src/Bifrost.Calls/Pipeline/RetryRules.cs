using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Pipeline;

/// <summary>What follows a try that did not answer (contract section 7).</summary>
internal enum Verdict
{
    /// <summary>Again at this target with the same provider key, else the next target.</summary>
    RetrySameKey,

    /// <summary>Again at this target with another provider key, else the next target.</summary>
    RetryNextKey,

    NextTarget,

    /// <summary>No other target either.</summary>
    Stop,
}

/// <summary>The rules of contract section 7, pure.</summary>
internal static class RetryRules
{
    private const double JitterShare = 0.2;

    public static Verdict After(ProviderFailure failure) => failure.Kind switch
    {
        FailureKind.Connect or FailureKind.ServerError => Verdict.RetrySameKey,
        FailureKind.RateLimited or FailureKind.KeyRejected => Verdict.RetryNextKey,

        // The request is at fault, and would be elsewhere too.
        FailureKind.BadRequest when failure.Status is 400 or 422 => Verdict.Stop,
        FailureKind.Aborted or FailureKind.ShuttingDown => Verdict.Stop,
        _ => Verdict.NextTarget,
    };

    public static Verdict After(RefusalReason reason) => reason switch
    {
        // The key itself, or the whole ledger: no target differs in that.
        RefusalReason.VirtualKeyNotFound or RefusalReason.AccessBlocked or RefusalReason.LedgerUnavailable => Verdict.Stop,
        _ => Verdict.NextTarget,
    };

    /// <summary>
    /// True when the try was sent and ended without an answer, so that the provider may bill what it never told (ledger, rules). An error of the
    /// provider's own is an answer, whatever its kind: a 408 too; a page of somebody between is none; and a body that states a usage says what
    /// it costs, unless that is zero.
    /// </summary>
    public static bool MayBeBilled(ProviderReply reply) => reply.Sent && reply.Failure is { Usage: null or { TotalTokens: 0 } } failure
        && (failure.MayHaveRun || (!failure.FromProvider && failure.Kind is
            FailureKind.Connect or FailureKind.Timeout or FailureKind.BadAnswer or FailureKind.Aborted or FailureKind.ShuttingDown));

    /// <summary>
    /// True when an unseen try has ended with its answer: a 500 or 502 without a word of the provider's says that its connection is gone. After
    /// other pages (504, 520, 522, 524) somebody stopped waiting, and the provider may go on.
    /// </summary>
    public static bool HasEnded(ProviderFailure failure) => failure is { MayHaveRun: true, Status: 500 or 502 };

    /// <summary>The pause before a try is repeated: the provider's Retry-After, else doubling from the first to the longest, a fifth more or less.</summary>
    /// <param name="provider">Whose settings hold.</param>
    /// <param name="retry">0 for the first repetition.</param>
    /// <param name="retryAfterMs">What the provider asked for; null when it did not.</param>
    /// <param name="sample">A random number, at least 0 and below 1.</param>
    public static long PauseMs(Provider provider, int retry, long? retryAfterMs, double sample)
    {
        if (retryAfterMs is { } asked) return Math.Max(0, asked);
        var doubled = Math.Min(provider.RetryBackoffMaxMs, provider.RetryBackoffInitialMs * Math.Pow(2, Math.Min(retry, 30)));
        return (long)(doubled * (1 - JitterShare + (2 * JitterShare * sample)));
    }
}
