namespace Bifrost.Ledger.Money;

/// <summary>
/// The most that one call can cost, as a function of its output limit (docs/promises.md). It rests on what is sent and on data of the
/// model, never on what was learned or on what the caller can make small.
/// </summary>
public readonly record struct CallBound
{
    private const long Million = 1_000_000;

    /// <summary>The most prompt tokens.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Output tokens that no limit of the request binds: a rejected prediction.</summary>
    public long UnlimitedOutputTokens { get; init; }

    public required int Choices { get; init; }

    /// <summary>The most output tokens of one choice.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>True when <see cref="OutputTokens"/> holds only because it is sent upstream: neither the request nor the model's data names one.</summary>
    public bool SendsLimit { get; init; }

    /// <summary>True when a lower output limit that is sent lowers the cost.</summary>
    public bool LimitBinds { get; init; }

    /// <summary>Nano-dollars per million prompt tokens, at the dearest that may apply.</summary>
    public long InputNanosPerMillion { get; init; }

    /// <summary>Nano-dollars per million output tokens, at the dearest that may apply.</summary>
    public long OutputNanosPerMillion { get; init; }

    /// <summary>Fees of the call.</summary>
    public long FeeNanos { get; init; }

    /// <summary>How many thousandths of its bound a model is held at after it charged more; at least 1 000.</summary>
    public int FactorThousandths { get; init; }

    /// <summary>The bound, in nano-dollars, rounded up once, as an entry is rounded once.</summary>
    public long Nanos => NanosAt(OutputTokens);

    /// <summary>All output tokens at an output limit.</summary>
    public long AllOutputTokens(int outputTokens) => ((long)outputTokens * Choices) + UnlimitedOutputTokens;

    /// <summary>The bound at another output limit.</summary>
    public long NanosAt(int outputTokens)
    {
        if (InputNanosPerMillion == 0 && OutputNanosPerMillion == 0 && FeeNanos == 0) return 0;
        var millionths = ((Int128)PromptTokens * InputNanosPerMillion)
            + ((Int128)AllOutputTokens(outputTokens) * OutputNanosPerMillion);
        var nanos = ((millionths + (Million - 1)) / Million) + FeeNanos;
        var raised = ((nanos * Math.Max(1_000, FactorThousandths)) + 999) / 1_000;
        return (long)Int128.Min(raised, Money.Nanos.Max);
    }

    /// <summary>The highest output limit that so many nano-dollars pay; 0 when they do not pay the prompt and one token.</summary>
    public int OutputTokensAt(long nanos)
    {
        if (OutputNanosPerMillion == 0) return NanosAt(0) <= nanos ? OutputTokens : 0;
        var unraised = (Int128)nanos * 1_000 / Math.Max(1_000, FactorThousandths);
        var left = ((unraised - FeeNanos) * Million) - ((Int128)PromptTokens * InputNanosPerMillion)
            - ((Int128)UnlimitedOutputTokens * OutputNanosPerMillion);
        var tokens = left <= 0 ? 0 : left / ((Int128)OutputNanosPerMillion * Math.Max(1, Choices));
        return (int)Int128.Min(tokens, OutputTokens);
    }
}
