using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Accounting;

/// <summary>
/// Whether a usage can be, and what is booked where it cannot. A part that was not told, or is zero beside content, is estimated. More than
/// the bound is booked in full, so that it shows; more than is physically possible is booked as the most that is.
/// </summary>
internal static class UsageJudge
{
    /// <summary>No token of any known tokenizer has more bytes: a text of more bytes for each of its tokens cannot be.</summary>
    public const int BytesPerTokenMax = 128;

    /// <summary>
    /// No script needs more bytes of JSON for a token on the average: text beyond that for every token of the output limit shows that the limit
    /// did not bind.
    /// </summary>
    public const int BytesPerTokenUsual = 16;

    /// <summary>A whole answer.</summary>
    /// <param name="told">What the provider told.</param>
    /// <param name="shown">What the answer shows beside it.</param>
    /// <param name="estimate">What is booked of a part that it did not tell.</param>
    /// <param name="bounds">What can be.</param>
    public static JudgedUsage OfAnswer(in UsageTold told, in AnswerShown shown, TokenUsage estimate, in UsageBounds bounds)
    {
        var faults = told.HasNoCount ? UsageFaults.NoCount : UsageFaults.None;
        var isAbove = IsLimitIgnored(shown.TextBytes, bounds.Bound.CompletionTokens);
        if (told.IsEmpty) return Within(estimate, estimated: true, faults == UsageFaults.None ? UsageFaults.Missing : faults, bounds, isAbove);
        var outputLeast = Math.Max(shown.HasOutput ? 1 : 0, (shown.TextBytes + BytesPerTokenMax - 1) / BytesPerTokenMax);
        if (told.Tokens() is not { } usage)
        {
            faults |= UsageFaults.Partial;
            var total = told.Total.GetValueOrDefault();
            return total <= outputLeast
                ? Within(estimate, estimated: true, faults | UsageFaults.ZeroOutput, bounds, isAbove)
                : Within(OfTotal(total, bounds), estimated: true, faults, bounds, total > bounds.Bound.TotalTokens);
        }

        var (prompt, output) = (usage.PromptTokens, usage.CompletionTokens);
        isAbove |= prompt > bounds.Bound.PromptTokens || output > bounds.Bound.CompletionTokens;
        var isPartial = false;
        if (told.Total is null && (told.Prompt is null || told.Completion is null))
        {
            faults |= UsageFaults.Partial;
            isPartial = true;
            if (told.Prompt is null) prompt = Math.Max(prompt, estimate.PromptTokens);
            if (told.Completion is null) output = Math.Max(output, estimate.CompletionTokens);
        }

        if (prompt == 0)
        {
            faults |= UsageFaults.ZeroPrompt;
            prompt = estimate.PromptTokens;
        }

        if (output < outputLeast)
        {
            faults |= UsageFaults.ZeroOutput;
            output = Math.Max(output, estimate.CompletionTokens);
        }
        else if (shown.IsToldEarly)
        {
            faults |= UsageFaults.Partial;
            output = Math.Max(output, estimate.CompletionTokens);
        }

        var estimated = isPartial || prompt != usage.PromptTokens || output != usage.CompletionTokens;
        return Within(usage with { PromptTokens = prompt, CompletionTokens = output }, estimated, faults, bounds, isAbove);
    }

    /// <summary>What was worked out without the provider's word.</summary>
    /// <param name="usage">What was worked out.</param>
    /// <param name="bounds">What can be.</param>
    /// <param name="textBytes">Bytes of text delivered.</param>
    public static JudgedUsage OfEstimate(TokenUsage usage, in UsageBounds bounds, long textBytes) =>
        Within(usage, estimated: true, UsageFaults.None, bounds, IsLimitIgnored(textBytes, bounds.Bound.CompletionTokens));

    /// <summary>An error of the provider's own: what it does not state is nothing.</summary>
    public static JudgedUsage OfError(in UsageTold told, in UsageBounds bounds) => Within(
        told.Tokens() ?? new TokenUsage { CompletionTokens = told.Total ?? 0 }, estimated: false, UsageFaults.None, bounds, isAbove: true);

    /// <summary>Whether more text was delivered than the output limit can have allowed.</summary>
    public static bool IsLimitIgnored(long textBytes, long outputTokens) => outputTokens > 0 && textBytes > outputTokens * BytesPerTokenUsual;

    /// <summary>Cuts a usage down to what can be, and every part to what it is a part of.</summary>
    /// <param name="usage">What was told or worked out.</param>
    /// <param name="estimated">Whether a part was worked out.</param>
    /// <param name="faults">What is wrong so far.</param>
    /// <param name="bounds">What can be.</param>
    /// <param name="isAbove">Whether it is known, not assumed, that a bound was passed if the usage is above it.</param>
    private static JudgedUsage Within(TokenUsage usage, bool estimated, UsageFaults faults, in UsageBounds bounds, bool isAbove)
    {
        var prompt = Math.Min(usage.PromptTokens, bounds.PromptMax);
        var output = Math.Min(usage.CompletionTokens, bounds.OutputMax);
        var searches = Math.Min(usage.SearchQueries, bounds.SearchesMax);
        var citation = Math.Min(usage.CitationTokens, bounds.PromptMax);
        if (prompt < usage.PromptTokens || output < usage.CompletionTokens || searches < usage.SearchQueries || citation < usage.CitationTokens)
        {
            faults |= UsageFaults.Impossible;
            estimated = true;
        }

        var isBoundKnown = bounds.Bound.TotalTokens > 0;
        if (isAbove && isBoundKnown && (prompt > bounds.Bound.PromptTokens || output > bounds.Bound.CompletionTokens)) faults |= UsageFaults.AboveBound;

        var written = Math.Min(usage.CachedWriteTokens, prompt);
        var heard = Math.Min(usage.PromptAudioTokens, prompt - written);
        var thought = Math.Min(usage.ReasoningTokens, output);
        return new JudgedUsage(
            new TokenUsage
            {
                PromptTokens = prompt,
                CompletionTokens = output,
                CachedWriteTokens = written,
                CachedWriteLongTokens = Math.Min(usage.CachedWriteLongTokens, written),
                PromptAudioTokens = heard,
                CachedReadTokens = Math.Min(usage.CachedReadTokens, prompt - written - heard),
                ReasoningTokens = thought,
                CompletionAudioTokens = Math.Min(usage.CompletionAudioTokens, output - thought),
                CitationTokens = citation,
                SearchQueries = searches,
            },
            estimated,
            faults);
    }

    /// <summary>A total alone may be output as far as output was admitted, which is the dearer part; the rest is prompt.</summary>
    private static TokenUsage OfTotal(long total, in UsageBounds bounds)
    {
        var output = Math.Min(total, bounds.Bound.CompletionTokens > 0 ? bounds.Bound.CompletionTokens : bounds.OutputMax);
        return new TokenUsage { PromptTokens = total - output, CompletionTokens = output };
    }
}
