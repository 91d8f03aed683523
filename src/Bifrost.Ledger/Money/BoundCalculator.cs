using Bifrost.Chat.Envelope;

namespace Bifrost.Ledger.Money;

/// <summary>What the bound of a call is worked out from.</summary>
public readonly record struct BoundQuery
{
    /// <summary>What the request sends.</summary>
    public required RequestContent Content { get; init; }

    /// <summary>What the caller counted of it with the model's own tokenizer; null: bytes count.</summary>
    public CountedTokens? Counted { get; init; }

    /// <summary>The request's own output limit of one choice; 0 when it names none.</summary>
    public int OutputTokensAsked { get; init; }

    public required int Choices { get; init; }

    /// <summary>The output limit that is sent where neither the request nor the model names one.</summary>
    public required int OutputTokensDefault { get; init; }

    /// <summary>The model's data and price; null: nothing is known of it.</summary>
    public required ModelPrice? Model { get; init; }

    /// <summary>Every price that may apply to the call: of the tier it asks for, now and until it ends; empty: it has none.</summary>
    public required ImmutableArray<ModelPrice> Prices { get; init; }

    /// <summary>See <see cref="CallBound.FactorThousandths"/>.</summary>
    public int FactorThousandths { get; init; }

    /// <summary>Whether it is known that the call runs no search: the model does none by itself, and the request asks for none.</summary>
    public bool RunsNoSearch { get; init; }
}

/// <summary>Works out the most that a call can cost.</summary>
public static class BoundCalculator
{
    /// <summary>Tokens of one byte where the tokenizer is not known: the most that a normalising one makes of common text.</summary>
    public const int TokensPerByteUnknown = 3;

    /// <summary>How many times its bytes a schema takes where the provider's rendering is not known: every quote escaped once more.</summary>
    public const int SchemaFactorUnknown = 3;

    /// <summary>Schemas that are nested deeper grow quadratically when a provider writes them with indents.</summary>
    public const int SchemaDepthMax = 16;

    private const int RequestTokens = 64;
    private const int MessageTokens = 16;
    private const int ToolTokens = 32;
    private const int AnyToolTokens = 1_024;

    /// <summary>A hidden prompt of a provider of whose models nothing is known.</summary>
    private const int UnknownTokens = 2_048;

    /// <summary>Searches of one call where the price has a fee for each.</summary>
    public const int SearchesMax = 64;

    /// <summary>The bound, or in words what of the request has none.</summary>
    public static string? TryMake(in BoundQuery query, out CallBound bound)
    {
        bound = default;
        var model = query.Model;
        var window = model?.PromptTokensMax;
        var unsized = Unsized(query.Content, model);
        if (unsized is not null && window is null) return unsized;
        var prompt = unsized is not null ? window!.Value : Math.Min(PromptTokens(query), window ?? long.MaxValue);
        if (!TryOutput(query, window, out var output, out var sends))
            return "the model is known to write more than the output limit, and neither its ceiling nor its context window is known";

        var tokensPerByte = model?.TokensPerByteMax ?? TokensPerByteUnknown;
        bound = new CallBound
        {
            PromptTokens = prompt,
            UnlimitedOutputTokens = (long)query.Content.PredictionBytes * tokensPerByte,
            Choices = Math.Max(1, query.Choices),
            OutputTokens = output,
            SendsLimit = sends,
            LimitBinds = (model?.OutputLimit ?? OutputLimitRule.Binds) == OutputLimitRule.Binds,
            FactorThousandths = query.FactorThousandths,
        };
        bound = Dearest(bound, query.Prices, unsized is not null, query.RunsNoSearch ? 0 : SearchesMax);
        return null;
    }

    /// <summary>What can be said of content without a bound, for calls that no budget binds by it.</summary>
    public static CallBound OfSizes(
        RequestContent content, int outputTokensAsked, int choices, int outputTokensDefault, ImmutableArray<ModelPrice> prices) =>
        Dearest(
            new CallBound
            {
                PromptTokens = RequestTokens + ((long)(content.TextBytes + content.SchemaBytes) * TokensPerByteUnknown),
                Choices = Math.Max(1, choices),
                OutputTokens = outputTokensAsked > 0 ? outputTokensAsked : outputTokensDefault,
                FactorThousandths = 1_000,
            },
            prices,
            mayBeAudio: true,
            SearchesMax);

    /// <summary>The most prompt tokens, the window aside.</summary>
    private static long PromptTokens(in BoundQuery query)
    {
        var content = query.Content;
        var model = query.Model;
        var tokensPerByte = model?.TokensPerByteMax ?? TokensPerByteUnknown;
        var text = (long)content.TextBytes * tokensPerByte;
        var schema = (long)content.SchemaBytes * tokensPerByte * (model?.SchemaFactorMax ?? SchemaFactorUnknown);
        if (query.Counted is { } counted)
        {
            text = Math.Min(text, counted.Text);
            schema = Math.Min(schema, counted.Schema);
        }

        return RequestTokens + text + schema + ((long)content.Messages * MessageTokens) + ((long)content.Tools * ToolTokens)
            + (content.Tools > 0 ? AnyToolTokens : 0) + (model?.TokensPerByteMax is null ? UnknownTokens : 0)
            + ((long)content.Images * (model?.ImageTokensMax ?? 0));
    }

    /// <summary>In words, what of the content has no size; null: all of it has.</summary>
    private static string? Unsized(RequestContent content, ModelPrice? model)
    {
        if (content.UnsizedParts > 0) return "the size of its files, audio or stored content cannot be told from the request";
        if (content.Images > 0 && model?.ImageTokensMax is null) return "what an image costs at this model is not known";
        return content.SchemaDepth > SchemaDepthMax ? $"its tools or schemas are nested deeper than {SchemaDepthMax}" : null;
    }

    private static bool TryOutput(in BoundQuery query, long? window, out int output, out bool sends)
    {
        var most = Math.Min(query.Model?.OutputTokensMax ?? int.MaxValue, window ?? int.MaxValue);
        var known = most < int.MaxValue;
        var binds = (query.Model?.OutputLimit ?? OutputLimitRule.Binds) == OutputLimitRule.Binds;
        sends = false;
        output = (int)most;
        if (!binds) return known;
        var asked = query.OutputTokensAsked;
        sends = asked == 0 && query.Model?.OutputTokensMax is null;
        if (sends) output = (int)Math.Min(most, query.OutputTokensDefault);
        else if (asked > 0) output = (int)Math.Min(most, asked);
        return true;
    }

    private static CallBound Dearest(in CallBound bound, ImmutableArray<ModelPrice> prices, bool mayBeAudio, int searches)
    {
        long input = 0, output = 0, fee = 0;
        foreach (var price in prices)
        {
            Raise(ref input, price.InputNanosPerMillion);
            Raise(ref input, price.CacheReadNanosPerMillion);
            Raise(ref input, price.CacheWriteNanosPerMillion);
            Raise(ref input, price.CacheWriteLongNanosPerMillion);
            if (mayBeAudio) Raise(ref input, price.InputAudioNanosPerMillion);
            Raise(ref output, price.OutputNanosPerMillion);
            Raise(ref output, price.ReasoningNanosPerMillion);
            foreach (var tier in price.Tiers)
            {
                if (bound.PromptTokens <= tier.AbovePromptTokens) continue;
                Raise(ref input, tier.InputNanosPerMillion);
                Raise(ref input, tier.CacheReadNanosPerMillion);
                Raise(ref input, tier.CacheWriteNanosPerMillion);
                Raise(ref input, tier.CacheWriteLongNanosPerMillion);
                Raise(ref output, tier.OutputNanosPerMillion);
            }

            var citations = (Int128)bound.PromptTokens * (price.CitationNanosPerMillion ?? 0) / 1_000_000;
            var fees = (price.RequestNanos ?? 0) + ((Int128)(price.SearchQueryNanos ?? 0) * searches) + citations;
            fee = Math.Max(fee, (long)Int128.Min(fees, Nanos.Max));
        }

        return bound with { InputNanosPerMillion = input, OutputNanosPerMillion = output, FeeNanos = fee };
    }

    private static void Raise(ref long to, long? nanos)
    {
        if (nanos > to) to = nanos.Value;
    }
}
