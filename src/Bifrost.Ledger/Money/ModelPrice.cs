namespace Bifrost.Ledger.Money;

/// <summary>Prices of one model in integer nano-dollars per million tokens; null prices fall back to the plainer one.</summary>
public sealed record ModelPrice
{
    public required long InputNanosPerMillion { get; init; }
    public required long OutputNanosPerMillion { get; init; }
    public long? CacheReadNanosPerMillion { get; init; }
    public long? CacheWriteNanosPerMillion { get; init; }

    /// <summary>A cache write that is kept longer than the usual time (an hour or more).</summary>
    public long? CacheWriteLongNanosPerMillion { get; init; }

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

    /// <summary>The prices of other service tiers by name (<c>priority</c>, <c>flex</c>); a tier that is not here has no price.</summary>
    public ImmutableArray<ServiceTier> ServiceTiers { get; init; } = [];

    /// <summary>When this price comes into force; null: always was.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>The first moment at which it is no longer in force; null: no end is known.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>Prices of the same model at other times, in order of time; empty for most.</summary>
    public ImmutableArray<ModelPrice> OtherTimes { get; init; } = [];

    /// <summary>The model's output ceiling in tokens; null when unknown.</summary>
    public int? OutputTokensMax { get; init; }

    /// <summary>The most prompt tokens of one pass, its context window; null when unknown.</summary>
    public long? PromptTokensMax { get; init; }

    /// <summary>The most tokens that one image can be billed as; null when unknown.</summary>
    public int? ImageTokensMax { get; init; }

    /// <summary>The most output tokens a second that the model is known to write; null when unknown.</summary>
    public int? TokensPerSecondMax { get; init; }

    /// <summary>Whether the model can think: write output tokens that no answer shows.</summary>
    public bool Thinks { get; init; }

    /// <summary>What the request's output limit binds at this model.</summary>
    public OutputLimitRule OutputLimit { get; init; }

    /// <summary>Name of the tokenizer that counts this model's text (<c>o200k_base</c>); null: none is known.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The most tokens that one byte of text can become; null: unknown.</summary>
    public int? TokensPerByteMax { get; init; }

    /// <summary>How many times its bytes a tool or a schema may take once the provider has rendered it; null: unknown.</summary>
    public int? SchemaFactorMax { get; init; }

    /// <summary>Where a built-in price comes from and its date; null for prices that were configured.</summary>
    public string? Source { get; init; }

    /// <summary>The prices of a service tier as a request or an answer names it; null when that tier has no price.</summary>
    public ModelPrice? Tier(string? name)
    {
        if (string.IsNullOrEmpty(name)) return this;
        foreach (var standard in (ReadOnlySpan<string>)["default", "auto", "standard"])
            if (string.Equals(standard, name, StringComparison.OrdinalIgnoreCase)) return this;
        foreach (var tier in ServiceTiers)
            if (string.Equals(tier.Name, name, StringComparison.OrdinalIgnoreCase)) return tier.Price;
        return null;
    }
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

/// <summary>The prices of one service tier.</summary>
/// <param name="Name">As <c>service_tier</c> names it, in lower case.</param>
/// <param name="Price">Its prices; everything that is no price is that of the model.</param>
public sealed record ServiceTier(string Name, ModelPrice Price);

/// <summary>What an output limit that is sent upstream binds.</summary>
public enum OutputLimitRule
{
    /// <summary>Every output token, thinking included.</summary>
    Binds,

    /// <summary>The visible ones; thinking comes on top.</summary>
    VisibleOnly,

    /// <summary>Nothing: the provider is known to write more.</summary>
    Ignored,
}
