using Bifrost.Chat.Usage;

namespace Bifrost.Ledger.Money;

/// <summary>What a try is held at before it is sent (ledger, rules: estimate).</summary>
/// <param name="Usage">Prompt and completion tokens that the hold rests on.</param>
/// <param name="OutputTokensMax">The output limit of one choice that the hold rests on.</param>
/// <param name="Nanos">The hold; 0 when the model has no price.</param>
public readonly record struct Estimate(TokenUsage Usage, int OutputTokensMax, long Nanos);

/// <summary>Upper-biased estimates of a try's tokens and cost.</summary>
public static class Estimator
{
    /// <summary>Output ceiling of a model that names none, in tokens.</summary>
    public const int OutputTokensDefault = 4_096;

    /// <summary>Tokens that chat templates add to a short prompt.</summary>
    public const int TemplateTokens = 16;

    /// <summary>Prompt tokens that this many bytes can hardly exceed.</summary>
    public static long PromptTokens(int promptBytes, TokenRatio ratio) =>
        TemplateTokens + ((((long)promptBytes * ratio.UpperMillionths) + 999_999) / 1_000_000);

    /// <summary>The estimate of one try.</summary>
    /// <param name="price">Prices of the model; null when it has none.</param>
    /// <param name="promptBytes">Bytes of messages and tools.</param>
    /// <param name="ratio">What was learned of the model; default when nothing was.</param>
    /// <param name="outputTokensMax">The request's own limit for one choice; 0 when it names none.</param>
    /// <param name="choices">How many choices are asked for.</param>
    /// <param name="outputTokensDefault">The output ceiling where neither the request nor the model names one.</param>
    public static Estimate Estimate(
        ModelPrice? price,
        int promptBytes,
        TokenRatio ratio,
        int outputTokensMax,
        int choices,
        int outputTokensDefault = OutputTokensDefault)
    {
        var output = outputTokensMax > 0 ? outputTokensMax : price?.OutputTokensMax ?? outputTokensDefault;
        var usage = new TokenUsage
        {
            PromptTokens = PromptTokens(promptBytes, ratio),
            CompletionTokens = Math.Min(CostCalculator.TokensMax, (long)output * Math.Max(1, choices)),
        };
        return new Estimate(usage, output, price is null ? 0 : CostCalculator.Cost(Dearest(price), usage).TotalNanos);
    }

    /// <summary>
    /// The same prices with each kind of token at the dearest it may turn out to be: prompt tokens may be written to a cache, output
    /// tokens may be reasoning. Then the hold is a bound, not a guess. Audio and citations are not known beforehand.
    /// </summary>
    private static ModelPrice Dearest(ModelPrice price)
    {
        if (price.CacheWriteNanosPerMillion is null && price.ReasoningNanosPerMillion is null && price.Tiers.IsEmpty) return price;
        return price with
        {
            InputNanosPerMillion = Math.Max(price.InputNanosPerMillion, price.CacheWriteNanosPerMillion ?? 0),
            OutputNanosPerMillion = Math.Max(price.OutputNanosPerMillion, price.ReasoningNanosPerMillion ?? 0),
            Tiers = price.Tiers.IsEmpty ? price.Tiers : DearestTiers(price),
        };
    }

    private static ImmutableArray<PriceTier> DearestTiers(ModelPrice price)
    {
        var tiers = ImmutableArray.CreateBuilder<PriceTier>(price.Tiers.Length);
        foreach (var tier in price.Tiers)
        {
            tiers.Add(tier with
            {
                InputNanosPerMillion = Math.Max(
                    tier.InputNanosPerMillion, tier.CacheWriteNanosPerMillion ?? price.CacheWriteNanosPerMillion ?? 0),
                OutputNanosPerMillion = Math.Max(tier.OutputNanosPerMillion, price.ReasoningNanosPerMillion ?? 0),
            });
        }

        return tiers.MoveToImmutable();
    }
}
