using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>A price in the field names of the public price sheets: US dollars of one token.</summary>
public static class PriceJson
{
    /// <param name="json">Where to.</param>
    /// <param name="model"><c>provider/model</c>.</param>
    /// <param name="price">Its price. Where it changes with time, the object shows the row that is in force, and <c>rows</c> all of them.</param>
    /// <param name="now">The moment of the answer.</param>
    public static void Write(Utf8JsonWriter json, string model, ModelPrice price, DateTimeOffset now)
    {
        var inForce = price.At(now);
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        Row(json, inForce ?? price);
        if (price.ChangesWithTime()) json.WriteBoolean("in_force"u8, inForce is not null);
        if (!price.OtherTimes.IsEmpty)
        {
            json.Objects("rows", price.Rows(), (each, row) =>
            {
                each.WriteStartObject();
                Row(each, row);
                each.WriteEndObject();
            });
        }

        json.WriteString("source"u8, price.Source ?? "configured");
        json.WriteEndObject();
    }

    private static void Row(Utf8JsonWriter json, ModelPrice price)
    {
        TokenPricesOf(json, price, "");
        foreach (var tier in price.ServiceTiers) TokenPricesOf(json, tier.Price, "_" + tier.Name);
        PerToken(json, "citation_cost_per_token", price.CitationNanosPerMillion);
        if (price.SearchQueryNanos is { } query) json.Usd("input_cost_per_query", query);
        if (price.AlwaysSearches is { } searches) json.WriteBoolean("always_searches"u8, searches);
        if (price.RequestNanos is { } request) json.Usd("input_cost_per_request", request);
        if (price.FineTunedFactor is { } factor) json.WriteNumber("fine_tuned_factor"u8, factor);
        if (price.Snapshots) json.WriteBoolean("snapshots"u8, true);
        if (price.ValidFrom is { } from) json.WriteString("valid_from"u8, Times.Format(from));
        if (price.ValidTo is { } to) json.WriteString("valid_to"u8, Times.Format(to));
        if (price.HoursUtc is { } hours) json.WriteString("hours_utc"u8, hours.ToString());
        Facts(json, price);
    }

    private static void Facts(Utf8JsonWriter json, ModelPrice price)
    {
        Whole(json, "max_output_tokens", price.OutputTokensMax);
        Whole(json, "max_input_tokens", price.PromptTokensMax);
        Whole(json, "max_tokens_per_image", price.ImageTokensMax);
        Whole(json, "max_tokens_per_second", price.TokensPerSecondMax);
        if (price.Thinks) json.WriteBoolean("supports_reasoning"u8, true);
        if (price.OutputLimit != OutputLimitRule.Binds)
            json.WriteString("output_limit"u8, price.OutputLimit == OutputLimitRule.VisibleOnly ? "visible_only"u8 : "ignored"u8);
        if (price.Tokenizer is { } tokenizer) json.WriteString("tokenizer"u8, tokenizer);
        Whole(json, "tokens_per_byte", price.TokensPerByteMax);
        Whole(json, "schema_factor", price.SchemaFactorMax);
    }

    private static void TokenPricesOf(Utf8JsonWriter json, ModelPrice price, string tier)
    {
        PerToken(json, "input_cost_per_token" + tier, price.InputNanosPerMillion);
        PerToken(json, "output_cost_per_token" + tier, price.OutputNanosPerMillion);
        PerToken(json, "cache_read_input_token_cost" + tier, price.CacheReadNanosPerMillion);
        PerToken(json, "cache_creation_input_token_cost" + tier, price.CacheWriteNanosPerMillion);
        PerToken(json, "cache_creation_input_token_cost_above_1hr" + tier, price.CacheWriteLongNanosPerMillion);
        PerToken(json, "output_cost_per_reasoning_token" + tier, price.ReasoningNanosPerMillion);
        PerToken(json, "input_cost_per_audio_token" + tier, price.InputAudioNanosPerMillion);
        PerToken(json, "output_cost_per_audio_token" + tier, price.OutputAudioNanosPerMillion);
        foreach (var above in price.Tiers)
        {
            var end = $"_above_{above.AbovePromptTokens / 1_000}k_tokens{tier}";
            PerToken(json, "input_cost_per_token" + end, above.InputNanosPerMillion);
            PerToken(json, "output_cost_per_token" + end, above.OutputNanosPerMillion);
            PerToken(json, "cache_read_input_token_cost" + end, above.CacheReadNanosPerMillion);
            PerToken(json, "cache_creation_input_token_cost" + end, above.CacheWriteNanosPerMillion);
            PerToken(json, "cache_creation_input_token_cost_above_1hr" + end, above.CacheWriteLongNanosPerMillion);
        }
    }

    private static void Whole(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value) json.WriteNumber(name, value);
    }

    /// <summary>As a plain decimal: 150 000 000 nano-dollars a million tokens are 0.00000015 dollars a token.</summary>
    private static void PerToken(Utf8JsonWriter json, string name, long? nanosPerMillion)
    {
        if (nanosPerMillion is { } nanos) json.WriteNumber(name, Nanos.ToUsd(nanos) / 1_000_000m / 1.000000000000000000000000000m);
    }
}
