using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>Reads one price in the field names of the widely used public price sheets.</summary>
internal static class PriceReader
{
    private static readonly string[] s_descriptive =
    [
        "litellm_provider", "mode", "source", "metadata", "provider", "base_model", "comment", "deprecation_date", "max_input_tokens",
        "max_tokens", "supported_endpoints", "supported_modalities", "supported_output_modalities", "supported_regions", "tpm", "rpm",
    ];

    private static readonly string[] s_otherPrices =
    [
        "input_cost_per_character", "output_cost_per_character", "input_cost_per_image", "output_cost_per_image", "input_cost_per_pixel",
        "output_cost_per_pixel", "input_cost_per_second", "output_cost_per_second", "input_cost_per_audio_per_second",
        "input_cost_per_video_per_second", "output_cost_per_image_token", "input_cost_per_image_token", "code_interpreter_cost_per_session",
        "file_search_cost_per_1k_calls", "cache_read_input_image_token_cost", "cache_creation_input_audio_token_cost",
        "cache_read_input_audio_token_cost", "cache_creation_input_token_cost_above_1hr", "output_vector_size",
    ];

    /// <param name="section">Its object.</param>
    /// <param name="isPublic">Whether it is an entry of a public sheet, which may have names that this reader does not know.</param>
    public static ModelPrice Read(Section section, bool isPublic = false)
    {
        var tiers = ReadTiers(section);
        if (!section.Has("input_cost_per_token")) section.Error("input_cost_per_token", "is missing; write the US dollars of one token, 0 if it is free");
        if (!section.Has("output_cost_per_token")) section.Error("output_cost_per_token", "is missing; write the US dollars of one token, 0 if it is free");
        var price = new ModelPrice
        {
            InputNanosPerMillion = PerMillion(section, "input_cost_per_token") ?? 0,
            OutputNanosPerMillion = PerMillion(section, "output_cost_per_token") ?? 0,
            CacheReadNanosPerMillion = PerMillion(section, "cache_read_input_token_cost"),
            CacheWriteNanosPerMillion = PerMillion(section, "cache_creation_input_token_cost"),
            ReasoningNanosPerMillion = PerMillion(section, "output_cost_per_reasoning_token"),
            InputAudioNanosPerMillion = PerMillion(section, "input_cost_per_audio_token"),
            OutputAudioNanosPerMillion = PerMillion(section, "output_cost_per_audio_token"),
            CitationNanosPerMillion = PerMillion(section, "citation_cost_per_token"),
            SearchQueryNanos = ReadSearch(section, isPublic),
            RequestNanos = Usd(section, "input_cost_per_request"),
            OutputTokensMax = (int?)section.Whole("max_output_tokens", 1, 100_000_000),
            Tiers = tiers,
        };
        section.Silent(s_descriptive);
        section.Unused(s_otherPrices);
        section.Silent(section.All().Keys.Where(IsOfAnotherService));
        if (!isPublic) section.End();
        return price;
    }

    /// <summary>Capabilities, and prices of batch, priority and flex processing, which are services that chat calls here do not use.</summary>
    private static bool IsOfAnotherService(string name) =>
        name.StartsWith("supports_", StringComparison.Ordinal) || name.EndsWith("_batches", StringComparison.Ordinal)
        || name.EndsWith("_priority", StringComparison.Ordinal) || name.EndsWith("_flex", StringComparison.Ordinal);

    /// <summary>
    /// Prices that end in <c>_above_200k_tokens</c>: one tier a threshold. A price that a tier leaves out is that of the tier before it.
    /// </summary>
    private static ImmutableArray<PriceTier> ReadTiers(Section section)
    {
        var thresholds = new SortedSet<long>();
        foreach (var name in section.All().Keys)
            if (Threshold(name) is { } above) thresholds.Add(above);
        var tiers = ImmutableArray.CreateBuilder<PriceTier>();
        var before = new PriceTier
        {
            AbovePromptTokens = 0,
            InputNanosPerMillion = PerMillion(section, "input_cost_per_token") ?? 0,
            OutputNanosPerMillion = PerMillion(section, "output_cost_per_token") ?? 0,
            CacheReadNanosPerMillion = PerMillion(section, "cache_read_input_token_cost"),
            CacheWriteNanosPerMillion = PerMillion(section, "cache_creation_input_token_cost"),
        };
        foreach (var above in thresholds)
        {
            var suffix = $"_above_{above / 1_000}k_tokens";
            before = new PriceTier
            {
                AbovePromptTokens = above,
                InputNanosPerMillion = PerMillion(section, $"input_cost_per_token{suffix}") ?? before.InputNanosPerMillion,
                OutputNanosPerMillion = PerMillion(section, $"output_cost_per_token{suffix}") ?? before.OutputNanosPerMillion,
                CacheReadNanosPerMillion = PerMillion(section, $"cache_read_input_token_cost{suffix}") ?? before.CacheReadNanosPerMillion,
                CacheWriteNanosPerMillion = PerMillion(section, $"cache_creation_input_token_cost{suffix}") ?? before.CacheWriteNanosPerMillion,
            };
            tiers.Add(before);
        }

        return tiers.ToImmutable();
    }

    private static long? Threshold(string name)
    {
        const string above = "_above_", tokens = "k_tokens";
        var at = name.IndexOf(above, StringComparison.Ordinal);
        if (at < 0 || !name.EndsWith(tokens, StringComparison.Ordinal)) return null;
        return long.TryParse(name.AsSpan(at + above.Length, name.Length - at - above.Length - tokens.Length), out var thousands)
            && thousands is > 0 and < 1_000_000 ? thousands * 1_000 : null;
    }

    /// <summary>US dollars a query; a sheet with three context sizes is read at its dearest, so that no hold is too small.</summary>
    private static long? ReadSearch(Section section, bool isPublic)
    {
        var nanos = Usd(section, "input_cost_per_query");
        if (section.Object("search_context_cost_per_query") is not { } sizes) return nanos;
        foreach (var size in (ReadOnlySpan<string>)["search_context_size_low", "search_context_size_medium", "search_context_size_high"])
            if (Usd(sizes, size) is { } one && (nanos is null || one > nanos)) nanos = one;
        if (!isPublic) sizes.End();
        return nanos;
    }

    private static long? PerMillion(Section section, string name)
    {
        var usd = section.Number(name, 0, 1_000_000);
        if (usd is null) return null;
        if (Nanos.TryPricePerMillion(usd.Value, out var nanos)) return nanos;
        section.Error(name, $"is {usd}; US dollars of one token stand here, for example 2.5e-6");
        return null;
    }

    private static long? Usd(Section section, string name)
    {
        var usd = section.Number(name, 0, 1_000_000);
        return usd is not null && Nanos.TryFromUsd(usd.Value, out var nanos) ? nanos : null;
    }
}
