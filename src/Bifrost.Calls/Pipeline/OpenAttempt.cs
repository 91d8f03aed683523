using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// One admitted try until it is settled, which happens exactly once on every path (ledger, rules). Every method but
/// <see cref="CostOf"/> ends it; the first one wins.
/// </summary>
internal sealed class OpenAttempt(
    SettleTracker settles, IVirtualKeyGrain key, ChatCall call, Target target, Ticket ticket, ModelPrice? price, TimeProvider time)
{
    private readonly long _begunAt = time.GetTimestamp();
    private int _settled;

    public Ticket Ticket => ticket;
    public Target Target => target;

    /// <summary>Milliseconds since the admission.</summary>
    public long LatencyMs => (long)time.GetElapsedTime(_begunAt).TotalMilliseconds;

    /// <summary>What such usage costs; null when the model has no price.</summary>
    public Cost? CostOf(TokenUsage usage) => price is null ? null : CostCalculator.Cost(price, usage);

    /// <summary>Ends a try that an upstream answered, wholly or in part.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="usage">What the provider reported; null: estimated from what it delivered.</param>
    /// <param name="contentBytes">Bytes of content that it delivered.</param>
    /// <param name="status">The upstream's HTTP status.</param>
    public void Answered(AttemptOutcome outcome, TokenUsage? usage, long contentBytes, int status) =>
        Settle(outcome, usage ?? Delivered(contentBytes), estimated: usage is null, status);

    /// <summary>Ends a try that the provider refused or failed, and said so: it costs what that says, mostly nothing.</summary>
    public void Failed(TokenUsage? usage, int status) => Settle(AttemptOutcome.Failed, usage ?? default, estimated: false, status);

    /// <summary>Ends a try that never left: it gives everything back.</summary>
    public void NotSent() => Settle(AttemptOutcome.NotSent, default, estimated: false, status: 0);

    /// <summary>Ends a try that was sent and whose outcome is unknown: its estimate is booked.</summary>
    public void Unknown(int status) => Settle(AttemptOutcome.Unknown, ticket.Estimate, estimated: true, status);

    private void Settle(AttemptOutcome outcome, TokenUsage usage, bool estimated, int status)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0) return;
        var settled = settles.Start(key, new Settlement
        {
            Ticket = ticket,
            Outcome = outcome,
            Provider = target.Provider.Name,
            Model = target.Model,
            Usage = usage,
            CostNanos = CostOf(usage)?.TotalNanos ?? 0,
            Estimated = estimated,
            Unpriced = price is null,
            Status = status,
            LatencyMs = LatencyMs,
            RequestId = call.RequestId,
            JobId = call.JobId,
            PromptBytes = estimated ? 0 : call.Envelope.PromptBytes,
        });
        call.Settlements?.Add(settled);
    }

    /// <summary>The prompt as it was estimated, and the delivered bytes at the same ratio of tokens to bytes.</summary>
    private TokenUsage Delivered(long contentBytes)
    {
        var promptBytes = Math.Max(1, call.Envelope.PromptBytes);
        var promptTokens = Math.Max(1, ticket.Estimate.PromptTokens - Estimate.TemplateTokens);
        return new TokenUsage
        {
            PromptTokens = ticket.Estimate.PromptTokens,
            CompletionTokens = (long)((((Int128)contentBytes * promptTokens) + promptBytes - 1) / promptBytes),
        };
    }
}
