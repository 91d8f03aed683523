namespace Bifrost.Ledger.Money;

/// <summary>
/// Tokens per prompt byte of one model, learned from what providers report, in millionths of a token per byte. Like a retransmission
/// timer it keeps a mean and a mean deviation, and answers the mean plus four deviations: an estimate that is too low lets a budget be
/// overdrawn, one that is too high only holds a little more for a moment.
/// </summary>
/// <param name="MeanMillionths">Running mean; 0 before the first report.</param>
/// <param name="DeviationMillionths">Running mean deviation.</param>
public readonly record struct TokenRatio(int MeanMillionths, int DeviationMillionths)
{
    /// <summary>Before anything is learned: one token for two bytes, above every common tokenizer on common text.</summary>
    public const int UnlearnedMillionths = 500_000;

    /// <summary>No text of prose has fewer tokens a byte for long; padding has.</summary>
    private const int LowestMillionths = 200_000;
    private const int HighestMillionths = 2_000_000;

    /// <summary>Prompts shorter than this teach nothing: the chat template outweighs them.</summary>
    public const int LearnBytesMin = 64;

    /// <summary>The upper-biased ratio.</summary>
    public int UpperMillionths => MeanMillionths == 0
        ? UnlearnedMillionths
        : Math.Clamp(MeanMillionths + (4 * DeviationMillionths), LowestMillionths, HighestMillionths);

    /// <summary>The ratio after one more report; unchanged when it teaches nothing.</summary>
    public TokenRatio Learn(int promptBytes, long promptTokens)
    {
        if (promptBytes < LearnBytesMin || promptTokens <= 0) return this;
        var seen = (int)Int128.Min(HighestMillionths, (Int128)promptTokens * 1_000_000 / promptBytes);
        if (seen < 1) seen = 1;
        if (MeanMillionths == 0) return new TokenRatio(seen, seen / 4);
        var off = seen - MeanMillionths;
        var next = new TokenRatio(
            Math.Max(1, MeanMillionths + (off / 8)),
            DeviationMillionths + ((Math.Abs(off) - DeviationMillionths) / 4));

        // One call lowers it by a twentieth at the most: a few odd ones teach little.
        var lowest = (int)((long)UpperMillionths * 95 / 100);
        return next.UpperMillionths >= lowest ? next : next with { DeviationMillionths = (lowest - next.MeanMillionths + 3) / 4 };
    }
}
