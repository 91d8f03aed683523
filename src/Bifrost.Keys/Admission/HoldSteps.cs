using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>How far a call goes to fit what is left of its budgets.</summary>
internal enum HoldStep
{
    /// <summary>Held at its bound as asked.</summary>
    AsAsked,

    /// <summary>Its output limit may be lowered to what its usual answers stay below.</summary>
    Usual,

    /// <summary>Waiting would not help any more: its output limit may be lowered to the floor.</summary>
    Floor,
}

/// <summary>
/// What one call asks the book to hold, step by step (docs/promises.md). Far from its limits it holds its bound as asked; near them its
/// output limit may be lowered. What is sent is what is held.
/// </summary>
internal readonly record struct HoldSteps
{
    /// <summary>The lowest limit that a call is given.</summary>
    private const int OutputFloor = 1_024;

    private const int OutputFloorThinking = 4_096;

    /// <summary>
    /// The least that a limit which the caller named is lowered to, in hundredths of what its usual answers stay below; where the budget is
    /// crowded, no more than those of others.
    /// </summary>
    private const int NamedPercent = 125;

    /// <summary>The bound of the call as it is asked.</summary>
    public required CallBound Bound { get; init; }

    /// <summary>Whether <see cref="Bound"/> is one: false for content without a size, where no budget asks for it.</summary>
    public required bool IsBounded { get; init; }

    /// <summary>What is held where the budgets want an estimate; null: they want the bound.</summary>
    public long? EstimateNanos { get; init; }

    /// <summary>True when the request names an output limit below what the model can write anyway.</summary>
    public required bool IsNamed { get; init; }

    public required ClampRule Clamp { get; init; }

    public required OutputLength Learned { get; init; }

    public required bool Thinks { get; init; }

    public int ThinkingTokens { get; init; }

    /// <summary>What the call holds as asked, in nano-dollars.</summary>
    public long NeedNanos => EstimateNanos ?? Bound.Nanos;

    /// <summary>The step to begin with.</summary>
    public HoldStep First(ChainRoom room) =>
        room.PartNanos is not { } part || room.OwnNanos + NeedNanos <= part ? HoldStep.AsAsked : HoldStep.Usual;

    /// <summary>The least that the call may be made to hold at a step.</summary>
    public long LeastNanos(HoldStep step, ChainRoom room) =>
        step == HoldStep.AsAsked || LeastOutput(step, room) is not { } output ? NeedNanos : Math.Min(NeedNanos, Bound.NanosAt(output));

    /// <summary>The step to try after a refusal; null: there is none that would help.</summary>
    /// <param name="step">The step that was refused.</param>
    /// <param name="room">What was known of the chain at the first step.</param>
    /// <param name="isFinal">Whether waiting cannot help.</param>
    /// <param name="fitsNanos">What would have fitted.</param>
    public HoldStep? After(HoldStep step, ChainRoom room, bool isFinal, long fitsNanos)
    {
        if (step == HoldStep.AsAsked && LeastNanos(HoldStep.Usual, room) < NeedNanos) return HoldStep.Usual;
        return step != HoldStep.Floor && isFinal && LeastNanos(HoldStep.Floor, room) <= fitsNanos ? HoldStep.Floor : null;
    }

    /// <summary>The refusal, with the output limit that would have fitted.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="fitsNanos">What would have fitted.</param>
    /// <param name="terse">The bound of the call where it names a limit of one token in as few bytes as can be.</param>
    public Refusal Fitting(Refusal refusal, long fitsNanos, in CallBound terse)
    {
        if (EstimateNanos is not null || !Bound.LimitBinds) return refusal;
        var output = Bound.OutputTokensAt(fitsNanos);
        if (output > 0) return refusal with { Message = $"{refusal.Message} An output limit of {output} tokens would fit." };
        var least = terse.NanosAt(1);
        return refusal with
        {
            Message = least <= fitsNanos
                ? $"{refusal.Message} An output limit of 1 token would fit, written without blanks as \"max_tokens\":1."
                : $"{refusal.Message} No output limit would fit: with one of 1 token it may cost up to {Nanos.Format(least)}.",
        };
    }

    private int? LeastOutput(HoldStep step, ChainRoom room)
    {
        if (!Bound.LimitBinds || EstimateNanos is not null || Clamp == ClampRule.Never) return null;
        var usual = Learned.Comfort(Thinks, ThinkingTokens, room.IsCrowded);
        if (!IsNamed) return step == HoldStep.Floor ? Math.Min(usual, Floor) : usual;
        return Clamp switch
        {
            ClampRule.Any => usual,
            ClampRule.Learned when Learned.Answers >= OutputLength.AnswersMax => room.IsCrowded ? usual : usual * NamedPercent / 100,
            _ => null,
        };
    }

    private int Floor => Math.Max(Thinks ? OutputFloorThinking : OutputFloor, ThinkingTokens > 0 ? ThinkingTokens + OutputFloor : 0);
}
