namespace Bifrost.Ledger.Money;

/// <summary>
/// How long the answers of one model are for one key, learned from those it gave: a mean and a mean deviation, in tokens. It may choose
/// the output limit that is sent near the end of a budget, never what is held.
/// </summary>
/// <param name="Mean">Running mean; 0 before the first answer.</param>
/// <param name="Deviation">Running mean deviation.</param>
/// <param name="Answers">How many taught it, up to <see cref="AnswersMax"/>.</param>
public readonly record struct OutputLength(int Mean, int Deviation, int Answers)
{
    /// <summary>So many answers are needed before a limit that the caller named may be lowered.</summary>
    public const int AnswersMax = 8;

    private const int LeastComfort = 1_024;
    private const int Unlearned = 4_096;
    private const int UnlearnedThinking = 16_384;
    private const int LongestLearned = 10_000_000;

    /// <summary>An output limit that the usual answer of the model stays below: the mean and some deviations.</summary>
    /// <param name="thinks">Whether the model thinks: then an unlearned answer may be long.</param>
    /// <param name="thinkingTokens">The thinking budget that the request names; 0 when it names none.</param>
    /// <param name="isCrowded">Three deviations instead of four: for the end of a budget that very many keys use.</param>
    public int Comfort(bool thinks, int thinkingTokens, bool isCrowded = false)
    {
        var usual = Answers == 0
            ? thinks ? UnlearnedThinking : Unlearned
            : Math.Max(LeastComfort, Mean + ((isCrowded ? 3 : 4) * Deviation));
        return thinkingTokens > 0 ? Math.Max(usual, thinkingTokens + LeastComfort) : usual;
    }

    /// <summary>The lengths after one more answer.</summary>
    /// <param name="tokens">Its output tokens, thinking included.</param>
    /// <param name="wasCut">Whether a lowered limit ended it: then it would have been longer.</param>
    public OutputLength Learn(long tokens, bool wasCut)
    {
        if (tokens <= 0) return this;
        var seen = (int)Math.Min(LongestLearned, wasCut ? tokens * 2 : tokens);
        if (Answers == 0) return new OutputLength(seen, seen / 2, 1);
        var off = seen - Mean;
        return new OutputLength(
            Math.Max(1, Mean + (off / 8)), Deviation + ((Math.Abs(off) - Deviation) / 4), Math.Min(AnswersMax, Answers + 1));
    }
}
