using Bifrost.Chat.Usage;

namespace Bifrost.Ledger.Money;

/// <summary>
/// What a try costs. The exact sum is rounded half-up once; every part is the difference of two rounded running sums, so the parts add
/// up to the total to the nano-dollar and none is off by a whole one.
/// </summary>
public static class CostCalculator
{
    /// <summary>Tokens beyond this in one report are a broken report; it also keeps every product inside 128 bits.</summary>
    public const long TokensMax = 1_000_000_000;

    /// <summary>The largest cost of one entry, in nano-dollars: 1 000 000 USD. Keeps sums of entries inside a <see cref="long"/>.</summary>
    public const long EntryNanosMax = 1_000_000 * Nanos.PerUsd;

    private const long Million = 1_000_000;

    /// <summary>The cost of <paramref name="usage"/>; the tier is chosen by its prompt tokens.</summary>
    public static Cost Cost(ModelPrice price, TokenUsage usage)
    {
        var prompt = Tokens(usage.PromptTokens);
        var tier = TierFor(price, prompt);
        var input = tier?.InputNanosPerMillion ?? price.InputNanosPerMillion;
        var output = tier?.OutputNanosPerMillion ?? price.OutputNanosPerMillion;
        var cacheRead = tier?.CacheReadNanosPerMillion ?? price.CacheReadNanosPerMillion ?? input;
        var cacheWrite = tier?.CacheWriteNanosPerMillion ?? price.CacheWriteNanosPerMillion ?? input;
        var cacheWriteLong = tier?.CacheWriteLongNanosPerMillion ?? price.CacheWriteLongNanosPerMillion ?? cacheWrite;

        // The special tokens are counted inside the plain ones; a report that contradicts itself bills the special ones in full.
        var read = Tokens(usage.CachedReadTokens);
        var write = Tokens(usage.CachedWriteTokens);
        var writeLong = Math.Min(write, Tokens(usage.CachedWriteLongTokens));
        var audioIn = Tokens(usage.PromptAudioTokens);
        var reasoning = Tokens(usage.ReasoningTokens);
        var audioOut = Tokens(usage.CompletionAudioTokens);
        var plainIn = Math.Max(0, prompt - read - write - audioIn);
        var plainOut = Math.Max(0, Tokens(usage.CompletionTokens) - reasoning - audioOut);

        var sum = new RunningSum();
        return new Cost(
            sum.Add(Times(plainIn, input) + Times(read, cacheRead) + Times(write - writeLong, cacheWrite) + Times(writeLong, cacheWriteLong)
                + Times(audioIn, price.InputAudioNanosPerMillion ?? input)),
            sum.Add(Times(plainOut, output) + Times(audioOut, price.OutputAudioNanosPerMillion ?? output)),
            sum.Add(Times(reasoning, price.ReasoningNanosPerMillion ?? output)),
            sum.Add(Times(Tokens(usage.CitationTokens), price.CitationNanosPerMillion ?? 0)),
            sum.Add(Times(Tokens(usage.SearchQueries), price.SearchQueryNanos ?? 0) * Million),
            sum.Add((Int128)(price.RequestNanos ?? 0) * Million));
    }

    /// <summary>The tier that holds for a prompt of this many tokens; null when the plain prices do.</summary>
    internal static PriceTier? TierFor(ModelPrice price, long promptTokens)
    {
        PriceTier? found = null;
        foreach (var tier in price.Tiers)
            if (promptTokens > tier.AbovePromptTokens) found = tier;
        return found;
    }

    private static long Tokens(long reported) => Math.Clamp(reported, 0, TokensMax);

    private static Int128 Times(long count, long nanosPerMillion) => (Int128)count * nanosPerMillion;

    /// <summary>Sums exact millionths of a nano-dollar and hands out whole nano-dollars.</summary>
    private struct RunningSum
    {
        private Int128 _exact;
        private long _rounded;

        public long Add(Int128 millionths)
        {
            _exact += millionths;
            var rounded = (_exact + (Million / 2)) / Million;
            var capped = rounded > EntryNanosMax ? EntryNanosMax : (long)rounded;
            var part = capped - _rounded;
            _rounded = capped;
            return part;
        }
    }
}
