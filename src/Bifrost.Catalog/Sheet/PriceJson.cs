using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>A price in the field names of the public price sheets: US dollars of one token.</summary>
public static class PriceJson
{
    public static void Write(Utf8JsonWriter json, string model, ModelPrice price)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        PerToken(json, "input_cost_per_token", price.InputNanosPerMillion);
        PerToken(json, "output_cost_per_token", price.OutputNanosPerMillion);
        PerToken(json, "cache_read_input_token_cost", price.CacheReadNanosPerMillion);
        PerToken(json, "cache_creation_input_token_cost", price.CacheWriteNanosPerMillion);
        PerToken(json, "output_cost_per_reasoning_token", price.ReasoningNanosPerMillion);
        PerToken(json, "input_cost_per_audio_token", price.InputAudioNanosPerMillion);
        PerToken(json, "output_cost_per_audio_token", price.OutputAudioNanosPerMillion);
        PerToken(json, "citation_cost_per_token", price.CitationNanosPerMillion);
        foreach (var tier in price.Tiers)
        {
            var above = $"_above_{tier.AbovePromptTokens / 1_000}k_tokens";
            PerToken(json, "input_cost_per_token" + above, tier.InputNanosPerMillion);
            PerToken(json, "output_cost_per_token" + above, tier.OutputNanosPerMillion);
            PerToken(json, "cache_read_input_token_cost" + above, tier.CacheReadNanosPerMillion);
            PerToken(json, "cache_creation_input_token_cost" + above, tier.CacheWriteNanosPerMillion);
        }

        if (price.SearchQueryNanos is { } query) json.Usd("input_cost_per_query", query);
        if (price.RequestNanos is { } request) json.Usd("input_cost_per_request", request);
        if (price.OutputTokensMax is { } ceiling) json.WriteNumber("max_output_tokens"u8, ceiling);
        json.WriteString("source"u8, price.Source ?? "configured");
        json.WriteEndObject();
    }

    /// <summary>As a plain decimal: 150 000 000 nano-dollars a million tokens are 0.00000015 dollars a token.</summary>
    private static void PerToken(Utf8JsonWriter json, string name, long? nanosPerMillion)
    {
        if (nanosPerMillion is { } nanos) json.WriteNumber(name, Nanos.ToUsd(nanos) / 1_000_000m / 1.000000000000000000000000000m);
    }
}
