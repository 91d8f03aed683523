namespace Bifrost.Chat.Usage;

/// <summary>Tokens of one try, as the provider reported them or as they were estimated (contract section 4).</summary>
[GenerateSerializer, Immutable, Alias("bifrost.TokenUsage")]
public readonly record struct TokenUsage
{
    /// <summary>All prompt tokens, the cached ones included.</summary>
    [Id(0)] public long PromptTokens { get; init; }

    /// <summary>All output tokens, the reasoning ones included.</summary>
    [Id(1)] public long CompletionTokens { get; init; }

    [Id(2)] public long CachedReadTokens { get; init; }
    [Id(3)] public long CachedWriteTokens { get; init; }
    [Id(4)] public long ReasoningTokens { get; init; }
    [Id(5)] public long PromptAudioTokens { get; init; }
    [Id(6)] public long CompletionAudioTokens { get; init; }
    [Id(7)] public long CitationTokens { get; init; }
    [Id(8)] public long SearchQueries { get; init; }

    /// <summary>Those of <see cref="CachedWriteTokens"/> that are kept for an hour or more, at a price of their own.</summary>
    [Id(9)] public long CachedWriteLongTokens { get; init; }

    public long TotalTokens => PromptTokens + CompletionTokens;
}
