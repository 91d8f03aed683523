namespace Bifrost.Chat.Usage;

/// <summary>
/// What a provider has told of its usage so far. It may tell it in pieces, several times and in several places: of each field the largest
/// count counts. Only counts get in here, see <see cref="CountMax"/>.
/// </summary>
public record struct UsageTold
{
    /// <summary>The largest number of tokens that is a count: no answer has more. Larger numbers, negative ones and fractions are none.</summary>
    public const long CountMax = 1_000_000_000;

    /// <summary>Null: not told.</summary>
    public long? Prompt { readonly get; internal set; }

    /// <summary>Null: not told.</summary>
    public long? Completion { readonly get; internal set; }

    /// <summary>Null: not told.</summary>
    public long? Total { readonly get; internal set; }

    /// <summary>What the provider says that it costs, in nano-dollars; null: it does not say.</summary>
    public long? ReportedNanos { readonly get; internal set; }

    /// <summary>True when one of the three stood there with something that is no count.</summary>
    public bool HasNoCount { readonly get; internal set; }

    /// <summary>True when the prompt was told in words that leave out what was read from a cache or written to one.</summary>
    internal bool CacheIsApart;

    internal long CachedRead, CachedWrite, CachedWriteLong, Reasoning, PromptAudio, CompletionAudio, Citation, Searches, Rejected;

    /// <summary>True when nothing was told that tokens could be counted from.</summary>
    public readonly bool IsEmpty => Prompt is null && Completion is null && Total is null;

    /// <summary>What a usage says that was read elsewhere.</summary>
    public static UsageTold Of(TokenUsage usage) => new()
    {
        Prompt = usage.PromptTokens,
        Completion = usage.CompletionTokens,
        CachedRead = usage.CachedReadTokens,
        CachedWrite = usage.CachedWriteTokens,
        CachedWriteLong = usage.CachedWriteLongTokens,
        Reasoning = usage.ReasoningTokens,
        PromptAudio = usage.PromptAudioTokens,
        CompletionAudio = usage.CompletionAudioTokens,
        Citation = usage.CitationTokens,
        Searches = usage.SearchQueries,
    };

    /// <summary>Takes over what was told later or elsewhere.</summary>
    public void Add(in UsageTold more)
    {
        Prompt = Larger(Prompt, more.Prompt);
        Completion = Larger(Completion, more.Completion);
        Total = Larger(Total, more.Total);
        ReportedNanos = Larger(ReportedNanos, more.ReportedNanos);
        HasNoCount |= more.HasNoCount;
        CacheIsApart |= more.CacheIsApart;
        CachedRead = Math.Max(CachedRead, more.CachedRead);
        CachedWrite = Math.Max(CachedWrite, more.CachedWrite);
        CachedWriteLong = Math.Max(CachedWriteLong, more.CachedWriteLong);
        Reasoning = Math.Max(Reasoning, more.Reasoning);
        PromptAudio = Math.Max(PromptAudio, more.PromptAudio);
        CompletionAudio = Math.Max(CompletionAudio, more.CompletionAudio);
        Citation = Math.Max(Citation, more.Citation);
        Searches = Math.Max(Searches, more.Searches);
        Rejected = Math.Max(Rejected, more.Rejected);
    }

    /// <summary>The tokens that follow from it; null where neither prompt nor output was told. A total alone does not say which is which.</summary>
    public readonly TokenUsage? Tokens()
    {
        if (Prompt is null && Completion is null) return null;
        var prompt = PromptTokens();
        return new TokenUsage
        {
            PromptTokens = prompt,
            CompletionTokens = CompletionTokens(prompt),
            CachedReadTokens = CachedRead,
            CachedWriteTokens = CachedWrite,
            CachedWriteLongTokens = CachedWriteLong,
            ReasoningTokens = Reasoning,
            PromptAudioTokens = PromptAudio,
            CompletionAudioTokens = CompletionAudio,
            CitationTokens = Citation,
            SearchQueries = Searches,
        };
    }

    internal static long? Larger(long? one, long? other) => one > other ? one : other ?? one;

    /// <summary>All prompt tokens. Where the cached ones are not among them, they come on top.</summary>
    private readonly long PromptTokens()
    {
        var prompt = Prompt ?? Math.Max(0, (Total ?? 0) - (Completion ?? 0));
        var cached = CachedRead + CachedWrite;
        var isApart = cached > prompt || (CacheIsApart && Total != prompt + Completion);
        return isApart ? prompt + cached : prompt;
    }

    /// <summary>
    /// All output tokens. Some providers bill reasoning on top and leave it out of <c>completion_tokens</c>: the total tells, or a reasoning
    /// that is more than the whole output.
    /// </summary>
    private readonly long CompletionTokens(long prompt)
    {
        var rest = Math.Max(0, (Total ?? 0) - prompt);
        if (Completion is not { } completion) return Math.Max(rest, Reasoning);
        var isReasoningLeftOut = Reasoning > 0 && (Reasoning > completion || rest >= completion + Reasoning);
        if (isReasoningLeftOut) return completion + Reasoning;
        if (Reasoning == 0 && Citation == 0) completion = Math.Max(completion, rest);
        return Math.Max(completion, Rejected);
    }
}
