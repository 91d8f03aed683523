using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>What an admission was decided on: of one key, one target and one catalog snapshot.</summary>
/// <param name="Key">The virtual key; null for a caller without one.</param>
/// <param name="Route">What the snapshot says of key, provider and model.</param>
/// <param name="Estimate">What the call will likely use.</param>
/// <param name="CatalogVersion">The snapshot's version.</param>
internal readonly record struct CallPlan(VirtualKey? Key, KeyRoute Route, Estimate Estimate, long CatalogVersion)
{
    public HoldSteps Steps { get; init; }

    /// <summary>See <see cref="Ticket.ServiceTier"/>.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>What token windows hold.</summary>
    public long Tokens => Estimate.Usage.TotalTokens;

    /// <summary>The tokenizer to count the prompt with; null: it was counted, or cannot be.</summary>
    public string? CountWith(AdmitRequest request) =>
        Route.HoldsBound && request is { MayCount: true, Counted: null } ? Route.Price?.Tokenizer : null;

    /// <summary>The ticket of a call that holds <paramref name="hold"/>: what is held is what is sent.</summary>
    public Ticket TicketFor(Guid attemptId, string virtualKeyId, in HoldReply hold)
    {
        var bound = Steps.Bound;
        var isClamped = Route.HoldsBound && !Route.Chain.IsEmpty && hold.HeldNanos < bound.Nanos;
        var output = isClamped ? bound.OutputTokensAt(hold.HeldNanos) : bound.OutputTokens;
        return new Ticket
        {
            AttemptId = attemptId,
            VirtualKeyId = virtualKeyId,
            LeaseId = hold.LeaseId,
            HoldNanos = hold.HeldNanos,
            HeldTokens = Tokens,
            Estimate = Estimate.Usage,
            OutputTokensMax = output,
            TeamId = Route.TeamId,
            CustomerId = Route.CustomerId,
            Bound = new TokenUsage { PromptTokens = bound.PromptTokens, CompletionTokens = bound.AllOutputTokens(output) },
            OutputTokensSent = isClamped || bound.SendsLimit ? output : 0,
            Clamped = isClamped,
            ServiceTier = ServiceTier,
            Choices = bound.Choices,
            BoundThousandths = Math.Max(1_000, bound.FactorThousandths),
            BoundNanos = isClamped ? hold.HeldNanos : Steps.IsBounded ? bound.Nanos : 0,
        };
    }
}
