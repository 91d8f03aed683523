using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tokens;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Simulation.Attackers;

/// <summary>
/// A virtual key as a process calls it, wherever its activation is. The prompt is counted here where the key asks for it, since the product
/// does so on threads of its own. Some flaws are planted here.
/// </summary>
internal sealed class AttackKeyGrain(AttackWorld world, AttackSilo caller, string virtualKeyId) : IVirtualKeyGrain
{
    public async Task<AdmitReply> Admit(AdmitRequest request)
    {
        // Read before anything waits: who is called is known only to the call's own flow.
        var body = world.Current.Value!.Json;
        var asked = Flawed(request);
        var reply = await AskAsync(asked);
        if (reply.CountWith is not { } tokenizer) return reply;
        return await AskAsync(asked with { Counted = RequestTokens.Count(body, tokenizer), MayCount = false });
    }

    public Task Settle(Settlement settlement)
    {
        var told = Flawed(settlement);
        if (world.Flaw == AttackFlaw.LosesEntries && world.Random.Next(50) == 0) return Task.CompletedTask;
        return caller.AskAsync(
            () => world.CallKeyAsync(virtualKeyId, async silo =>
            {
                silo.Reports(told);
                await silo.KeyOf(virtualKeyId).SettleAsync(told);
                return true;
            }),
            AttackSilo.ResponseTimeout);
    }

    public Task<VirtualKeyStatus> Status() => throw new NotSupportedException("Nobody asks.");

    private Task<AdmitReply> AskAsync(AdmitRequest request) => caller.AskAsync(
        () => world.CallKeyAsync(virtualKeyId, async silo =>
        {
            var known = silo.KnownThousandths(request.Provider + "/" + request.Model);
            var reply = await silo.KeyOf(virtualKeyId).AdmitAsync(request);
            if (reply.Ticket is { } ticket) world.Tickets[ticket.AttemptId] = (ticket, known);
            return reply;
        }),
        AttackSilo.ResponseTimeout);

    private AdmitRequest Flawed(AdmitRequest request) => world.Flaw switch
    {
        AttackFlaw.ToolsNotCounted => request with { Content = request.Content with { SchemaBytes = 0, Tools = 0 } },
        AttackFlaw.CeilingNotApplied when request.OutputTokensMax == 0 => request with { OutputTokensMax = 64 },
        AttackFlaw.ChoicesForgotten => request with { Choices = 1 },
        AttackFlaw.TierForgotten => request with { Content = request.Content with { ServiceTier = "default" } },
        AttackFlaw.ImagesFree => request with { Content = request.Content with { Images = 0 } },
        AttackFlaw.FieldsPass => request with { Content = request.Content with { OtherFields = [] } },
        AttackFlaw.LearnedRatioInHolds => request with { Counted = Learned(request) },
        _ => request,
    };

    /// <summary>What a client saw of it, a token a byte.</summary>
    private static long VisibleNanos(TrueCall truth, Settlement settlement)
    {
        var seen = Math.Max(0, truth.WrittenAt(truth.SentAt.AddMilliseconds(settlement.LatencyMs)) - truth.HiddenTokens);
        return CostCalculator.Cost(truth.Price, settlement.Usage with { CompletionTokens = seen, ReasoningTokens = 0 }).TotalNanos;
    }

    /// <summary>What the calls of this key before made one expect.</summary>
    private CountedTokens Learned(AdmitRequest request)
    {
        var ratio = world.Learned.GetValueOrDefault((virtualKeyId, request.Provider, request.Model));
        var text = (int)Estimate.PromptTokens(request.Content.StringBytes, ratio);
        return new CountedTokens { Text = text, Schema = int.MaxValue };
    }

    private Settlement Flawed(Settlement settlement)
    {
        var truth = world.TrueCallOf(settlement.Ticket.AttemptId);
        switch (world.Flaw)
        {
            case AttackFlaw.LearnedRatioInHolds:
                var of = (virtualKeyId, settlement.Provider, settlement.Model);
                world.Learned[of] = world.Learned.GetValueOrDefault(of).Learn(settlement.PromptBytes, settlement.Usage.PromptTokens);
                return settlement;
            case AttackFlaw.ZerosOverwrite when truth is { Told: true, Stream: true, Model.Lie: UsageLie.LateZeros }:
                return settlement with { CostNanos = 0, Usage = default };
            case AttackFlaw.CutShortByVisibleBytes when settlement is
                { Estimated: true, Outcome: AttemptOutcome.Truncated or AttemptOutcome.Abandoned } && truth is { Told: false }:
                return settlement with { CostNanos = VisibleNanos(truth, settlement) };
            case AttackFlaw.BrokenBoundIgnored:
                return settlement with { Ticket = settlement.Ticket with { BoundNanos = 0 } };
            default:
                return settlement;
        }
    }
}
