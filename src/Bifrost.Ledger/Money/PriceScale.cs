namespace Bifrost.Ledger.Money;

/// <summary>Multiplies prices. Fees per request and per search stay: providers raise the prices of tokens alone.</summary>
internal static class PriceScale
{
    /// <summary>All token prices times a factor, rounded up.</summary>
    public static ModelPrice Times(ModelPrice price, decimal factor) => price with
    {
        InputNanosPerMillion = Times(price.InputNanosPerMillion, factor),
        OutputNanosPerMillion = Times(price.OutputNanosPerMillion, factor),
        CacheReadNanosPerMillion = Times(price.CacheReadNanosPerMillion, factor),
        CacheWriteNanosPerMillion = Times(price.CacheWriteNanosPerMillion, factor),
        CacheWriteLongNanosPerMillion = Times(price.CacheWriteLongNanosPerMillion, factor),
        ReasoningNanosPerMillion = Times(price.ReasoningNanosPerMillion, factor),
        InputAudioNanosPerMillion = Times(price.InputAudioNanosPerMillion, factor),
        OutputAudioNanosPerMillion = Times(price.OutputAudioNanosPerMillion, factor),
        CitationNanosPerMillion = Times(price.CitationNanosPerMillion, factor),
        Tiers = [.. price.Tiers.Select(tier => Times(tier, factor))],
        ServiceTiers = [.. price.ServiceTiers.Select(tier => tier with { Price = Times(tier.Price, factor) })],
        OtherTimes = [.. price.OtherTimes.Select(row => Times(row, factor))],
    };

    private static PriceTier Times(PriceTier tier, decimal factor) => tier with
    {
        InputNanosPerMillion = Times(tier.InputNanosPerMillion, factor),
        OutputNanosPerMillion = Times(tier.OutputNanosPerMillion, factor),
        CacheReadNanosPerMillion = Times(tier.CacheReadNanosPerMillion, factor),
        CacheWriteNanosPerMillion = Times(tier.CacheWriteNanosPerMillion, factor),
        CacheWriteLongNanosPerMillion = Times(tier.CacheWriteLongNanosPerMillion, factor),
    };

    private static long? Times(long? nanos, decimal factor) => nanos is { } price ? Times(price, factor) : null;

    private static long Times(long nanos, decimal factor) =>
        (long)Math.Min(Nanos.PricePerMillionMax, decimal.Ceiling(nanos * factor));
}
