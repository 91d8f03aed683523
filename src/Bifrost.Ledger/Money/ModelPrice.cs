namespace Bifrost.Ledger.Money;

/// <summary>Prices of one model in integer nano-dollars per million tokens; null prices fall back to the plainer one.</summary>
public sealed record ModelPrice
{
    public required long InputNanosPerMillion { get; init; }
    public required long OutputNanosPerMillion { get; init; }
    public long? CacheReadNanosPerMillion { get; init; }
    public long? CacheWriteNanosPerMillion { get; init; }
    public long? ReasoningNanosPerMillion { get; init; }
    public long? InputAudioNanosPerMillion { get; init; }
    public long? OutputAudioNanosPerMillion { get; init; }
    public long? CitationNanosPerMillion { get; init; }

    /// <summary>Nano-dollars per search query.</summary>
    public long? SearchQueryNanos { get; init; }

    /// <summary>Nano-dollars per request.</summary>
    public long? RequestNanos { get; init; }

    /// <summary>Dearer prices for long prompts, ordered by threshold; the last one whose threshold the prompt exceeds holds.</summary>
    public ImmutableArray<PriceTier> Tiers { get; init; } = [];

    /// <summary>The model's output ceiling in tokens; null when unknown.</summary>
    public int? OutputTokensMax { get; init; }

    /// <summary>Where a built-in price comes from and its date; null for prices that were configured.</summary>
    public string? Source { get; init; }
}

/// <summary>Prices that hold for prompts above a number of tokens.</summary>
public sealed record PriceTier
{
    public required long AbovePromptTokens { get; init; }
    public required long InputNanosPerMillion { get; init; }
    public required long OutputNanosPerMillion { get; init; }
    public long? CacheReadNanosPerMillion { get; init; }
    public long? CacheWriteNanosPerMillion { get; init; }
}
