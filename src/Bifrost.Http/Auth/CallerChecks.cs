using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Leases;

namespace Bifrost.Http.Auth;

/// <summary>
/// Looks at a caller before it is waited for: is its key valid, has it room in its windows and among its calls in flight? By what this silo knows,
/// without a message; nothing is taken, and the key's grain has the last word.
/// </summary>
public sealed class CallerChecks(ICatalog catalog, ILeaseBook book, KeyReferences keys, TimeProvider time)
{
    private static readonly GatewayError s_unsure = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.LedgerUnavailable,
        Message = "The store cannot be reached now, so no call is admitted.",
        RetryAfterMs = 1_000,
    };

    /// <summary>Null: nothing that is known here speaks against the caller.</summary>
    public GatewayError? Refuse(Caller caller)
    {
        if (!book.MayAdmit) return s_unsure;
        if (AnonymousKey.Is(caller.VirtualKeyId)) return null;
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(caller.VirtualKeyId);
        var refusal = KeyValidityRule.Refuse(key, time.GetUtcNow()) ?? keys.Of(caller.VirtualKeyId).RefuseEarly();
        return refusal is null ? null : GatewayErrors.FromRefusal(refusal, null, null);
    }
}
