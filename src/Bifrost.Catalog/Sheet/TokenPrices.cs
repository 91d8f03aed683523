using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>
/// The prices of tokens in one row. A name is a kind of token, then for long prompts <c>_above_200k_tokens</c>, then for a service tier
/// <c>_priority</c> and the like.
/// </summary>
internal static class TokenPrices
{
    /// <summary>The highest price of one token.</summary>
    private const decimal UsdMax = (decimal)Nanos.PricePerMillionMax / Nanos.PerUsd / 1_000_000;

    private const string Above = "_above_", Tokens = "k_tokens";

    private const string Input = "input_cost_per_token";
    private const string Output = "output_cost_per_token";
    private const string CacheRead = "cache_read_input_token_cost";
    private const string CacheWrite = "cache_creation_input_token_cost";
    private const string CacheWriteLong = "cache_creation_input_token_cost_above_1hr";
    private const string Reasoning = "output_cost_per_reasoning_token";
    private const string InputAudio = "input_cost_per_audio_token";
    private const string OutputAudio = "output_cost_per_audio_token";

    /// <summary>Service tiers whose prices are read, as <c>service_tier</c> names them.</summary>
    public static readonly ImmutableArray<string> ServiceTiers = ["priority", "flex", "fast", "ultrafast", "scale", "performance"];

    private static readonly string[] s_kinds = [Input, Output, CacheRead, CacheWrite, CacheWriteLong, Reasoning, InputAudio, OutputAudio];
    private static readonly string[] s_longKinds = [Input, Output, CacheRead, CacheWrite, CacheWriteLong];

    /// <summary>Prices whose names end in <paramref name="suffix"/>: empty, or that of a service tier.</summary>
    public static ModelPrice Read(Section section, string suffix)
    {
        var price = new ModelPrice
        {
            InputNanosPerMillion = PerMillion(section, Input + suffix) ?? 0,
            OutputNanosPerMillion = PerMillion(section, Output + suffix) ?? 0,
            CacheReadNanosPerMillion = PerMillion(section, CacheRead + suffix),
            CacheWriteNanosPerMillion = PerMillion(section, CacheWrite + suffix),
            CacheWriteLongNanosPerMillion = PerMillion(section, CacheWriteLong + suffix),
            ReasoningNanosPerMillion = PerMillion(section, Reasoning + suffix),
            InputAudioNanosPerMillion = PerMillion(section, InputAudio + suffix),
            OutputAudioNanosPerMillion = PerMillion(section, OutputAudio + suffix),
        };
        return price with { Tiers = ReadLongPrompts(section, suffix, price) };
    }

    /// <summary>
    /// The prices of a service tier. What the row does not name for it is never less than the tier's plainer price, nor less than what it
    /// costs without the tier; everything that is no price of tokens is the model's.
    /// </summary>
    public static ModelPrice Of(Section section, string tier, ModelPrice model)
    {
        var read = Read(section, "_" + tier);
        return model with
        {
            InputNanosPerMillion = read.InputNanosPerMillion,
            OutputNanosPerMillion = read.OutputNanosPerMillion,
            CacheReadNanosPerMillion = read.CacheReadNanosPerMillion,
            CacheWriteNanosPerMillion = read.CacheWriteNanosPerMillion ?? Dearer(model.CacheWriteNanosPerMillion, read.InputNanosPerMillion),
            CacheWriteLongNanosPerMillion = read.CacheWriteLongNanosPerMillion ?? Dearer(model.CacheWriteLongNanosPerMillion, read.InputNanosPerMillion),
            ReasoningNanosPerMillion = read.ReasoningNanosPerMillion ?? Dearer(model.ReasoningNanosPerMillion, read.OutputNanosPerMillion),
            InputAudioNanosPerMillion = read.InputAudioNanosPerMillion ?? Dearer(model.InputAudioNanosPerMillion, read.InputNanosPerMillion),
            OutputAudioNanosPerMillion = read.OutputAudioNanosPerMillion ?? Dearer(model.OutputAudioNanosPerMillion, read.OutputNanosPerMillion),
            Tiers = read.Tiers.IsEmpty ? Lifted(model.Tiers, read) : read.Tiers,
            ServiceTiers = [],
        };
    }

    /// <summary>A name of the row that prices this service tier; null when there is none.</summary>
    public static string? NamesOf(Section section, string tier) =>
        section.All().Keys.FirstOrDefault(name => ServiceTierOf(name) == tier && IsRead(name) && section.Has(name));

    /// <summary>The service tier that a name's end says; null when it says none.</summary>
    public static string? ServiceTierOf(string name)
    {
        foreach (var tier in ServiceTiers)
            if (name.Length > tier.Length + 1 && name.EndsWith(tier, StringComparison.Ordinal) && name[^(tier.Length + 1)] == '_') return tier;
        return null;
    }

    /// <summary>Whether <see cref="Read"/> reads a name.</summary>
    public static bool IsRead(string name)
    {
        var plain = ServiceTierOf(name) is { } tier ? name[..^(tier.Length + 1)] : name;
        return Threshold(plain) is null ? s_kinds.Contains(plain) : s_longKinds.Contains(plain[..plain.LastIndexOf(Above, StringComparison.Ordinal)]);
    }

    public static long? PerMillion(Section section, string name)
    {
        if (section.Number(name, 0, UsdMax) is not { } usd || !Nanos.TryPricePerMillion(usd, out var nanos)) return null;
        if (nanos > 0 || usd == 0) return nanos;
        section.Error(name, $"is {usd}, which would be free; US dollars of one token stand here, for example 2.5e-6, at least 1e-15, or 0");
        return null;
    }

    /// <summary>One tier a threshold. A price that a tier leaves out is that of the tier before it.</summary>
    private static ImmutableArray<PriceTier> ReadLongPrompts(Section section, string suffix, ModelPrice price)
    {
        var thresholds = new SortedSet<long>();
        foreach (var name in section.All().Keys)
        {
            var ofTier = ServiceTierOf(name) is { } tier ? "_" + tier : "";
            if (ofTier == suffix && Threshold(name[..^suffix.Length]) is { } above) thresholds.Add(above);
        }

        var tiers = ImmutableArray.CreateBuilder<PriceTier>(thresholds.Count);
        var before = new PriceTier
        {
            AbovePromptTokens = 0,
            InputNanosPerMillion = price.InputNanosPerMillion,
            OutputNanosPerMillion = price.OutputNanosPerMillion,
            CacheReadNanosPerMillion = price.CacheReadNanosPerMillion,
            CacheWriteNanosPerMillion = price.CacheWriteNanosPerMillion,
            CacheWriteLongNanosPerMillion = price.CacheWriteLongNanosPerMillion,
        };
        foreach (var above in thresholds)
        {
            var end = $"{Above}{above / 1_000}{Tokens}{suffix}";
            before = new PriceTier
            {
                AbovePromptTokens = above,
                InputNanosPerMillion = PerMillion(section, Input + end) ?? before.InputNanosPerMillion,
                OutputNanosPerMillion = PerMillion(section, Output + end) ?? before.OutputNanosPerMillion,
                CacheReadNanosPerMillion = PerMillion(section, CacheRead + end) ?? before.CacheReadNanosPerMillion,
                CacheWriteNanosPerMillion = PerMillion(section, CacheWrite + end) ?? before.CacheWriteNanosPerMillion,
                CacheWriteLongNanosPerMillion = PerMillion(section, CacheWriteLong + end) ?? before.CacheWriteLongNanosPerMillion,
            };
            tiers.Add(before);
        }

        return tiers.DrainToImmutable();
    }

    /// <summary>The long prompts of a service tier that names no prices of its own for them: never less than either.</summary>
    private static ImmutableArray<PriceTier> Lifted(ImmutableArray<PriceTier> longPrompts, ModelPrice tier) =>
    [
        .. longPrompts.Select(one => one with
        {
            InputNanosPerMillion = Math.Max(one.InputNanosPerMillion, tier.InputNanosPerMillion),
            OutputNanosPerMillion = Math.Max(one.OutputNanosPerMillion, tier.OutputNanosPerMillion),
            CacheReadNanosPerMillion = Dearer(one.CacheReadNanosPerMillion, tier.CacheReadNanosPerMillion ?? tier.InputNanosPerMillion),
            CacheWriteNanosPerMillion = Dearer(one.CacheWriteNanosPerMillion, tier.CacheWriteNanosPerMillion ?? tier.InputNanosPerMillion),
            CacheWriteLongNanosPerMillion = Dearer(one.CacheWriteLongNanosPerMillion, tier.CacheWriteLongNanosPerMillion ?? tier.InputNanosPerMillion),
        }),
    ];

    private static long? Dearer(long? one, long other) => one is { } nanos ? Math.Max(nanos, other) : null;

    /// <summary>The prompt tokens above which a price holds, by the end of its name; null when it ends otherwise.</summary>
    private static long? Threshold(string name)
    {
        var at = name.LastIndexOf(Above, StringComparison.Ordinal);
        if (at < 0 || !name.EndsWith(Tokens, StringComparison.Ordinal)) return null;
        return long.TryParse(name.AsSpan(at + Above.Length, name.Length - at - Above.Length - Tokens.Length), out var thousands)
            && thousands is > 0 and < 1_000_000 ? thousands * 1_000 : null;
    }
}
