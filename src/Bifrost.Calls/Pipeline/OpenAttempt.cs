using Bifrost.Calls.Accounting;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Pipeline;

/// <summary>One admitted try until it is settled, which happens exactly once on every path (ledger, rules); the first end wins.</summary>
internal sealed class OpenAttempt(
    ChatPipeline pipeline, KeyReference key, ChatCall call, Target target, Ticket ticket, CatalogSnapshot catalog, RequestWatch watch)
{
    private readonly AnsweredPrice _price = new(
        catalog, target.Provider.Name, target.Model, ticket.ServiceTier ?? call.Envelope.Content.ServiceTier,
        target.Provider.Billing.HasServiceTier, target.Provider.Billing.ChoosesTier(call.Envelope.Content.ServiceTier), pipeline.Time.GetUtcNow());
    private readonly long _begunAt = pipeline.Time.GetTimestamp();
    private int _settled;

    public Ticket Ticket => ticket;
    public Target Target => target;

    /// <summary>What was booked; null before that, and where the model has no price.</summary>
    public Cost? Cost { get; private set; }

    /// <summary>Output tokens that were booked.</summary>
    public long OutputTokens { get; private set; }

    /// <summary>What went wrong, in a word for metrics; null: nothing.</summary>
    public string? Error { get; set; }

    /// <summary>Milliseconds since the admission, which the sending follows.</summary>
    public long LatencyMs => (long)pipeline.Time.GetElapsedTime(_begunAt).TotalMilliseconds;

    private int Choices => Math.Max(1, ticket.Choices);
    private bool HoldsBound => ticket.BoundNanos > 0 && ticket.HoldNanos >= ticket.BoundNanos;

    /// <summary>Whether tokens may be written that no answer shows.</summary>
    private bool MayHide => CutShortRule.MayThink(Model, call.Envelope.Content.AsksToThink) || call.Envelope.HidesChoices;

    /// <summary>Output tokens of a prediction that is rejected, at the most.</summary>
    private long PredictionTokens =>
        (long)call.Envelope.Content.PredictionBytes * (Model?.TokensPerByteMax ?? BoundCalculator.TokensPerByteUnknown);

    private UsageWatch Watch => pipeline.Watch;
    private ModelPrice? Model => _price.Model;

    /// <summary>What all choices together write in a second at most.</summary>
    private long TokensPerSecond =>
        (Model?.TokensPerSecondMax ?? Watch.Rates.Of(target.Provider.Name, target.Model)) * Choices;

    /// <summary>Ends a try whose answer came whole.</summary>
    public void Answered(AttemptOutcome outcome, in Delivery delivery, int status)
    {
        if (!TryEnd()) return;
        var shown = new AnswerShown(
            delivery.Content.All > 0 || delivery.IsEndedByLimit || MayHide, delivery.Content.Text, delivery.IsToldEarly);
        var judged = UsageJudge.OfAnswer(delivery.Told, shown, EstimateOf(delivery), UsageBounds.Of(ticket, Model));
        if (!judged.Estimated && Model?.TokensPerSecondMax is null)
            Watch.Rates.Learn(target.Provider.Name, target.Model, judged.Usage.CompletionTokens / Choices, LatencyMs);
        var most = MostNanos(judged, delivery, isWhole: true);
        Settle(outcome, judged, status, _price.Of(judged.Usage, delivery.Names), most, delivery.Told.ReportedNanos);
    }

    /// <summary>Ends a try that was cut short before its usage was stated to the end.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="delivery">What came before.</param>
    /// <param name="status">The upstream's HTTP status; 0 when there was none.</param>
    /// <param name="ended">True when the provider itself said that it ended: then nothing goes on.</param>
    public void CutShort(AttemptOutcome outcome, in Delivery delivery, int status, bool ended = false)
    {
        // What the end of a connection means is known of streams only: a plain call runs on everywhere.
        var rule = call.Envelope.Stream ? target.Provider.Billing.Closing : ClosingRule.RunsOn;
        if (rule == ClosingRule.RunsOn && ended) rule = ClosingRule.Stops;
        if (rule == ClosingRule.RunsOn)
        {
            Held(outcome, delivery, status);
            return;
        }

        if (!TryEnd()) return;
        Watch.CutShort(rule);
        var usage = CutShortRule.Stopped(
            delivery.Told,
            delivery.Content,
            LatencyMs,
            TokensPerSecond,
            Model?.TokensPerByteMax,
            MayHide,
            UsageBounds.BoundOf(ticket),
            PredictionTokens);
        var judged = UsageJudge.OfEstimate(usage, UsageBounds.Of(ticket, Model), delivery.Content.Text);
        Settle(outcome, judged, status, _price.Of(judged.Usage, delivery.Names), MostNanos(judged, delivery, isWhole: false));
    }

    /// <summary>Ends a try that the provider refused or failed, and said so: it costs what that states, mostly nothing.</summary>
    public void Failed(TokenUsage? stated, int status)
    {
        if (!TryEnd()) return;
        var judged = stated is { } usage ? UsageJudge.OfError(UsageTold.Of(usage), UsageBounds.Of(ticket, Model)) : default;
        Settle(AttemptOutcome.Failed, judged, status, stated is null ? null : _price.Of(judged.Usage));
    }

    /// <summary>Ends a try that never left: it gives everything back.</summary>
    public void NotSent()
    {
        if (TryEnd()) Settle(AttemptOutcome.NotSent, default, status: 0, cost: null);
    }

    /// <summary>Ends a try that was sent and may have run to its end unseen: all that it was admitted for is booked.</summary>
    public void Unknown(int status) => Held(AttemptOutcome.Unknown, default, status);

    private void Held(AttemptOutcome outcome, in Delivery delivery, int status)
    {
        if (!TryEnd()) return;
        Watch.CutShort(ClosingRule.RunsOn);
        var text = CutShortRule.TokensOf(delivery.Content.Text, Model?.TokensPerByteMax);
        var usage = CutShortRule.Held(delivery.Told, text, UsageBounds.BoundOf(ticket));
        var judged = UsageJudge.OfEstimate(usage, UsageBounds.Of(ticket, Model), delivery.Content.Text);
        Settle(outcome, judged, status, _price.Of(judged.Usage, delivery.Names), nanosMin: ticket.HoldNanos);
    }

    /// <summary>
    /// The least that is booked of an estimate where the call is held at its bound: what it can have cost by the dearest kinds of tokens, out of
    /// what was held for it. 0 where nothing is estimated.
    /// </summary>
    private long MostNanos(in JudgedUsage judged, in Delivery delivery, bool isWhole)
    {
        if (!judged.Estimated || !HoldsBound) return 0;
        var mayTell = (judged.Faults & UsageFaults.Impossible) == 0;
        var most = _price.MostNanos(
            judged.Usage,
            promptIsTold: mayTell && delivery.Told.Prompt > 0,
            outputIsTold: mayTell && isWhole && delivery.Told.Completion > 0,
            delivery.Names);
        return Math.Min(ticket.HoldNanos, most);
    }

    private bool TryEnd() => Interlocked.Exchange(ref _settled, 1) == 0;

    private void Settle(AttemptOutcome outcome, in JudgedUsage judged, int status, Cost? cost, long nanosMin = 0, long? reportedNanos = null)
    {
        Watch.Judged(judged, ticket, target.Provider.Name, target.Model);
        (Cost, OutputTokens) = (cost, judged.Usage.CompletionTokens);
        var booked = target.Provider.Billing.BooksReported ? reportedNanos : null;
        var costNanos = booked ?? Math.Max(nanosMin, cost?.TotalNanos ?? 0);
        var settled = pipeline.Settles.Start(key, new Settlement
        {
            Ticket = ticket,
            Outcome = outcome,
            Provider = target.Provider.Name,
            Model = target.Model,
            Usage = judged.Usage,
            CostNanos = costNanos,
            ReportedNanos = reportedNanos,
            Estimated = judged.Estimated,
            AboveBound = IsAboveBound(judged, cost) || (booked > ticket.BoundNanos && ticket.BoundNanos > 0),
            Unpriced = booked is null && cost is null && Model is null,
            Status = status,
            LatencyMs = LatencyMs,
            RequestId = call.RequestId,
            JobId = call.JobId,
            PromptBytes = judged.Estimated ? 0 : call.Envelope.PromptBytes,
        });
        call.Settlements?.Add(settled);
        watch.Tried(_begunAt, judged.Usage, costNanos, Error ?? (outcome == AttemptOutcome.NotSent ? ErrorTypes.RequestDropped : null));
    }

    /// <summary>
    /// Whether a bound was too low for sure: in tokens; or, where no more tokens are booked than were admitted, in their price, because the answer names
    /// a dearer model or tier.
    /// </summary>
    private bool IsAboveBound(in JudgedUsage judged, Cost? cost) =>
        (judged.Faults & UsageFaults.AboveBound) != 0
        || (cost?.TotalNanos > ticket.BoundNanos
            && judged.Usage.PromptTokens <= ticket.Bound.PromptTokens && judged.Usage.CompletionTokens <= ticket.Bound.CompletionTokens);

    /// <summary>
    /// What is booked of a whole answer where its provider does not say. Held at its bound, a call is booked at the most that it can have used;
    /// else at the prompt as it was estimated, the delivered bytes at the same ratio of tokens to bytes, and of a model that thinks at least
    /// what it can have written in that time.
    /// </summary>
    private TokenUsage EstimateOf(in Delivery delivery)
    {
        var bound = UsageBounds.BoundOf(ticket);
        if (HoldsBound)
        {
            return CutShortRule.Unstated(
                delivery.Content, LatencyMs, TokensPerSecond, Model?.TokensPerByteMax, MayHide, delivery.IsEndedByLimit, bound, PredictionTokens);
        }

        var promptBytes = Math.Max(1, call.Envelope.PromptBytes);
        var promptTokens = Math.Max(1, ticket.Estimate.PromptTokens - Estimate.TemplateTokens);
        var output = (long)((((Int128)delivery.Content.All * promptTokens) + promptBytes - 1) / promptBytes);
        if (Model is { Thinks: true }) output = Math.Max(output, CutShortRule.Written(LatencyMs, TokensPerSecond));
        var most = UsageJudge.IsLimitIgnored(delivery.Content.Text, bound.CompletionTokens) ? 0 : bound.CompletionTokens;
        return new TokenUsage { PromptTokens = ticket.Estimate.PromptTokens, CompletionTokens = most > 0 ? Math.Min(output, most) : output };
    }
}
