using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;

namespace Bifrost.Jobs.Rules;

/// <summary>
/// Which callers may use jobs, and which requests may be queued (jobs, submit). It holds no credit and counts nothing: a request that passes is admitted
/// when the job runs, or not.
/// </summary>
public sealed class JobValidator(ICatalog catalog, ILeaseBook book, PipelineOptions options, TimeProvider time, Random random)
{
    private static readonly GatewayError s_unsure = new()
    {
        Status = 503,
        Type = ErrorTypes.LedgerUnavailable,
        Message = "The store cannot be reached now.",
        RetryAfterMs = 1_000,
    };

    private static readonly GatewayError s_directKey = new()
    {
        Status = 400,
        Type = ErrorTypes.InvalidRequest,
        Message = "A job runs later, and a provider's own key is not kept until then. Send a virtual key.",
    };

    private readonly ModelResolver _resolver = new(random, options.TargetsMax);

    /// <summary>Null: this caller may submit, poll, list and cancel its jobs.</summary>
    public GatewayError? Refuse(Caller caller)
    {
        if (caller.DirectKey is not null) return s_directKey;

        // A silo that is not sure of its catalog may not know that the key was revoked.
        if (!book.MayAdmit) return s_unsure;
        if (AnonymousKey.Is(caller.VirtualKeyId)) return null;
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(caller.VirtualKeyId);
        return KeyValidityRule.Refuse(key, time.GetUtcNow()) is { } invalid ? GatewayErrors.FromRefusal(invalid, null, null) : null;
    }

    /// <summary>Null: the request may be queued. Refused is what could never run: no target that the key may use.</summary>
    public GatewayError? Refuse(Caller caller, ChatEnvelope envelope, string? defaultProvider)
    {
        if (envelope.Stream) return GatewayErrors.BadField("stream", "A job has no stream. Leave out stream, or leave out what asks for a job.");
        var now = catalog.Current;
        var key = now.VirtualKeys.GetValueOrDefault(caller.VirtualKeyId);
        if (!_resolver.TryResolve(now, key, envelope.Model, envelope.Fallbacks, defaultProvider, out var targets, out var error)) return error;
        GatewayError? primary = null;
        foreach (var target in targets)
        {
            var (provider, model) = (target.Provider.Name, target.Model);
            if (KeyRefusals.Of(KeyAccess.Of(now, key, provider, model, time.GetUtcNow()), key, provider, model) is not { } refusal) return null;
            primary ??= GatewayErrors.FromRefusal(refusal, provider, envelope.Model);
        }

        return primary;
    }
}
