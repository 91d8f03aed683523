using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Accounting;

/// <summary>
/// Whether a usage can be, and what is booked where it cannot. A part that was not told, or is zero beside content, is estimated. More than
/// the bound is booked in full, so that it shows; more than is physically possible is booked as the most that is.
/// </summary>
internal static class UsageJudge
{
    /// <summary>A whole answer.</summary>
    /// <param name="told">What the provider told.</param>
    /// <param name="hasContent">Whether it delivered any content.</param>
    /// <param name="estimate">What is booked of a part that it did not tell.</param>
    /// <param name="bounds">What can be.</param>
    public static JudgedUsage OfAnswer(in UsageTold told, bool hasContent, TokenUsage estimate, in UsageBounds bounds)
    {
        var faults = told.HasNoCount ? UsageFaults.NoCount : UsageFaults.None;
        if (told.IsEmpty) return Within(estimate, estimated: true, faults == UsageFaults.None ? UsageFaults.Missing : faults, bounds);
        if (told.Tokens() is not { } usage)
            return Within(OfTotal(told.Total.GetValueOrDefault(), bounds), estimated: true, faults | UsageFaults.Partial, bounds);

        var (prompt, output) = (usage.PromptTokens, usage.CompletionTokens);
        var isPartial = false;
        if (told.Total is null && (told.Prompt is null || told.Completion is null))
        {
            faults |= UsageFaults.Partial;
            isPartial = true;
            if (told.Prompt is null) prompt = Math.Max(prompt, estimate.PromptTokens);
            if (told.Completion is null) output = Math.Max(output, estimate.CompletionTokens);
        }

        if (hasContent && prompt == 0)
        {
            faults |= UsageFaults.ZeroPrompt;
            prompt = estimate.PromptTokens;
        }

        if (hasContent && output == 0)
        {
            faults |= UsageFaults.ZeroOutput;
            output = estimate.CompletionTokens;
        }

        var estimated = isPartial || prompt != usage.PromptTokens || output != usage.CompletionTokens;
        return Within(usage with { PromptTokens = prompt, CompletionTokens = output }, estimated, faults, bounds);
    }

    /// <summary>What was worked out without the provider's word.</summary>
    public static JudgedUsage OfEstimate(TokenUsage usage, in UsageBounds bounds) => Within(usage, estimated: true, UsageFaults.None, bounds);

    /// <summary>An error of the provider's own: what it does not state is nothing.</summary>
    public static JudgedUsage OfError(in UsageTold told, in UsageBounds bounds) =>
        Within(told.Tokens() ?? new TokenUsage { CompletionTokens = told.Total ?? 0 }, estimated: false, UsageFaults.None, bounds);

    /// <summary>Cuts a usage down to what can be, and every part to what it is a part of.</summary>
    private static JudgedUsage Within(TokenUsage usage, bool estimated, UsageFaults faults, in UsageBounds bounds)
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
        if (isBoundKnown && (prompt > bounds.Bound.PromptTokens || output > bounds.Bound.CompletionTokens)) faults |= UsageFaults.AboveBound;

        var written = Math.Min(usage.CachedWriteTokens, prompt);
        var heard = Math.Min(usage.PromptAudioTokens, prompt - written);
        var thought = Math.Min(usage.ReasoningTokens, output);
        return new JudgedUsage(
            new TokenUsage
            {
                PromptTokens = prompt,
                CompletionTokens = output,
                CachedWriteTokens = written,
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
