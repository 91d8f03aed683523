using Bifrost.Chat.Usage;

namespace Bifrost.Ledger.Money;

/// <summary>
/// What a call will likely use and cost: held in token windows, and by budgets that ask for an estimate. Never above the call's bound.
/// </summary>
/// <param name="Usage">Prompt and completion tokens.</param>
/// <param name="Nanos">Their price at the dearest; 0 when the model has none.</param>
public readonly record struct Estimate(TokenUsage Usage, long Nanos)
{
    /// <summary>Tokens that chat templates add to a short prompt.</summary>
    public const int TemplateTokens = 16;

    /// <param name="bound">The most that the call can use.</param>
    /// <param name="stringBytes">Bytes inside the strings of its body.</param>
    /// <param name="ratio">What was learned of the model; default when nothing was.</param>
    /// <param name="usualOutput">An output limit that the model's usual answer stays below, in tokens.</param>
    public static Estimate Of(in CallBound bound, int stringBytes, TokenRatio ratio, int usualOutput)
    {
        var output = Math.Min(bound.OutputTokens, usualOutput);
        var prompt = Math.Min(bound.PromptTokens, PromptTokens(stringBytes, ratio));
        var usage = new TokenUsage
        {
            PromptTokens = prompt,
            CompletionTokens = Math.Min(CostCalculator.TokensMax, bound.AllOutputTokens(output)),
        };
        return new Estimate(usage, (bound with { PromptTokens = prompt }).NanosAt(output));
    }

    /// <summary>Prompt tokens that so many bytes can hardly exceed.</summary>
    public static long PromptTokens(int stringBytes, TokenRatio ratio) =>
        TemplateTokens + ((((long)stringBytes * ratio.UpperMillionths) + 999_999) / 1_000_000);
}
