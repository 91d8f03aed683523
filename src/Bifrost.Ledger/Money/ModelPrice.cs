namespace Bifrost.Ledger.Money;

/// <summary>
/// Prices of one model in integer nano-dollars per million tokens; null prices fall back to the plainer one. Where the prices change with time,
/// this is the first row of several, and <see cref="At"/> and <see cref="Between"/> say which of them are in force.
/// </summary>
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

    /// <summary>Whether every call of the model searches, asked for or not; null: the provider's profile says.</summary>
    public bool? AlwaysSearches { get; init; }

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

    /// <summary>The hours of the week at which this row holds, before rows without hours; null: all of them.</summary>
    public WeekHours? HoursUtc { get; init; }

    /// <summary>Prices of the same model at other times, in order of time; empty for most.</summary>
    public ImmutableArray<ModelPrice> OtherTimes { get; init; } = [];

    /// <summary>Whether dated snapshots of the model (<c>NAME-2026-01-31</c>, <c>NAME-20260131</c>) that have no row cost the same.</summary>
    public bool Snapshots { get; init; }

    /// <summary>How many times these prices a model costs that was fine-tuned from this one (<c>ft:NAME:…</c>); null: unknown.</summary>
    public decimal? FineTunedFactor { get; init; }

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

    /// <summary>The row that is in force at a moment; null when none is: then the model has no price.</summary>
    public ModelPrice? At(DateTimeOffset now)
    {
        ModelPrice? always = null;
        for (var i = -1; i < OtherTimes.Length; i++)
        {
            var row = i < 0 ? this : OtherTimes[i];
            if (!row.IsValidAt(now)) continue;
            if (row.HoursUtc is null) always = row;
            else if (row.HoursUtc.Contains(now)) return row;
        }

        return always;
    }

    /// <summary>
    /// Every row that is in force at some moment from <paramref name="from"/> to <paramref name="until"/>, both included, in order of time.
    /// Empty when there is none; where the rows leave gaps, the model has no price in them.
    /// </summary>
    public ImmutableArray<ModelPrice> Between(DateTimeOffset from, DateTimeOffset until)
    {
        if (OtherTimes.IsEmpty) return IsInForce(this, from, until) ? [this] : [];
        var rows = ImmutableArray.CreateBuilder<ModelPrice>(1 + OtherTimes.Length);
        if (IsInForce(this, from, until)) rows.Add(this);
        foreach (var row in OtherTimes)
            if (IsInForce(row, from, until)) rows.Add(row);
        return rows.DrainToImmutable();
    }

    /// <summary>The prices of a service tier as a request or an answer names it; null when that tier has no price.</summary>
    public ModelPrice? Tier(string? name)
    {
        if (string.IsNullOrEmpty(name) || ServiceTier.IsStandard(name)) return this;
        foreach (var tier in ServiceTiers)
            if (string.Equals(tier.Name, name, StringComparison.OrdinalIgnoreCase)) return tier.Price;
        return null;
    }

    /// <summary>All rows: this one and those of other times.</summary>
    public IEnumerable<ModelPrice> Rows() => OtherTimes.Prepend(this);

    /// <summary>Whether the price may be another one, or none, at another time.</summary>
    public bool ChangesWithTime() => ValidFrom is not null || ValidTo is not null || HoursUtc is not null || !OtherTimes.IsEmpty;

    /// <summary>The price of a model fine-tuned from this one; null when no factor is declared.</summary>
    public ModelPrice? FineTuned() => FineTunedFactor is { } factor ? PriceScale.Times(this, factor) with { FineTunedFactor = null } : null;

    private bool IsValidAt(DateTimeOffset now) => !(now < ValidFrom) && !(now >= ValidTo);

    private static bool IsInForce(ModelPrice row, DateTimeOffset from, DateTimeOffset until)
    {
        // The part of the time in which the row's dates hold.
        if (row.ValidFrom is { } begin && begin > from) from = begin;
        if (row.ValidTo is { } end && end <= until) until = end.AddTicks(-1);
        return from <= until && row.HoursUtc?.Overlap(from, until) != false;
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
    public long? CacheWriteLongNanosPerMillion { get; init; }
}

/// <summary>The prices of one service tier.</summary>
/// <param name="Name">As <c>service_tier</c> names it, in lower case.</param>
/// <param name="Price">Its prices; everything that is no price is that of the model.</param>
public sealed record ServiceTier(string Name, ModelPrice Price)
{
    /// <summary>Whether a tier's name means the plain prices: what providers call the tier of calls that ask for none.</summary>
    public static bool IsStandard(string name)
    {
        foreach (var standard in (ReadOnlySpan<string>)["default", "auto", "standard", "standard_only", "on_demand"])
            if (string.Equals(name, standard, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}

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
