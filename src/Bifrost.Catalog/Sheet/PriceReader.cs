using System.Globalization;
using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>
/// Reads one row of prices in the field names of the widely used public price sheets, and facts of the model under those names or our own
/// (docs/operations.md, docs/promises.md). What a row has and this cannot carry is warned about.
/// </summary>
internal static class PriceReader
{
    /// <summary>The highest fee of one request or one search.</summary>
    private const decimal UsdMax = 1_000_000;

    private static readonly string[] s_dates = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    // max_tokens is the output ceiling on some rows of the public sheets and the context window on others, so it is neither here.
    private static readonly string[] s_descriptive =
    [
        "litellm_provider", "mode", "source", "metadata", "provider", "base_model", "comment", "deprecation_date", "max_tokens",
        "supported_endpoints", "supported_modalities", "supported_output_modalities", "supported_regions", "tpm", "rpm", "output_vector_size",
    ];

    private static readonly string[] s_otherPrices =
    [
        "input_cost_per_character", "output_cost_per_character", "input_cost_per_image", "output_cost_per_image", "input_cost_per_pixel",
        "output_cost_per_pixel", "input_cost_per_second", "output_cost_per_second", "input_cost_per_audio_per_second",
        "input_cost_per_video_per_second", "output_cost_per_image_token", "input_cost_per_image_token", "code_interpreter_cost_per_session",
        "file_search_cost_per_1k_calls", "cache_read_input_image_token_cost", "cache_creation_input_audio_token_cost",
        "cache_read_input_audio_token_cost",
    ];

    /// <param name="section">Its object.</param>
    /// <param name="isPublic">Whether it is an entry of a public sheet, which may have names that this reader does not know.</param>
    public static ModelPrice Read(Section section, bool isPublic = false)
    {
        if (!section.Has("input_cost_per_token")) section.Error("input_cost_per_token", "is missing; write the US dollars of one token, 0 if it is free");
        if (!section.Has("output_cost_per_token")) section.Error("output_cost_per_token", "is missing; write the US dollars of one token, 0 if it is free");
        var price = TokenPrices.Read(section, "") with
        {
            CitationNanosPerMillion = TokenPrices.PerMillion(section, "citation_cost_per_token"),
            SearchQueryNanos = ReadSearch(section, isPublic),
            AlwaysSearches = section.Flag("always_searches"),
            RequestNanos = section.Usd("input_cost_per_request", UsdMax),
            Snapshots = section.Flag("snapshots") ?? false,
            FineTunedFactor = section.Number("fine_tuned_factor", 0.000001m, 1_000),
        };
        price = ReadTime(section, ReadFacts(section, price));
        price = price with { ServiceTiers = ReadServiceTiers(section, price) };
        section.Silent(s_descriptive);
        section.Unused(s_otherPrices);
        section.Unused(section.All().Keys.Where(IsUnreadOfTier));
        section.Silent(section.All().Keys.Where(IsOfAnotherService));
        if (!isPublic) section.End();
        return price;
    }

    private static ModelPrice ReadFacts(Section section, ModelPrice price) => price with
    {
        OutputTokensMax = (int?)section.Whole("max_output_tokens", 1, 100_000_000),
        PromptTokensMax = section.Whole("max_input_tokens", 1, 1_000_000_000),
        ImageTokensMax = (int?)section.Whole("max_tokens_per_image", 1, 100_000_000),
        TokensPerSecondMax = (int?)section.Whole("max_tokens_per_second", 1, 1_000_000),
        Thinks = section.Flag("supports_reasoning") ?? false,
        OutputLimit = ReadOutputLimit(section),
        Tokenizer = section.Text("tokenizer") is { Length: > 0 } name ? name : null,
        TokensPerByteMax = (int?)section.Whole("tokens_per_byte", 1, 100),
        SchemaFactorMax = (int?)section.Whole("schema_factor", 1, 100),
    };

    private static OutputLimitRule ReadOutputLimit(Section section)
    {
        var rule = section.Text("output_limit");
        if (rule is not (null or "binds" or "visible_only" or "ignored"))
            section.Error("output_limit", $"is \"{rule}\"; binds, visible_only or ignored stands here");
        return rule switch { "visible_only" => OutputLimitRule.VisibleOnly, "ignored" => OutputLimitRule.Ignored, _ => OutputLimitRule.Binds };
    }

    private static ModelPrice ReadTime(Section section, ModelPrice price)
    {
        var (from, to) = (Date(section, "valid_from"), Date(section, "valid_to"));
        if (from >= to) section.Error("valid_to", "is not after valid_from; it is the first moment at which the price no longer holds");
        WeekHours? hours = null;
        if (section.Text("hours_utc") is { } text && !WeekHours.TryParse(text, out hours))
            section.Error("hours_utc", $"is \"{text}\"; days and then times in UTC stand here, for example \"Mon-Fri 01:00-04:00, 06:00-10:00\"; "
                + "Mon-Sun is every day");
        return price with { ValidFrom = from, ValidTo = to, HoursUtc = hours };
    }

    private static DateTimeOffset? Date(Section section, string name)
    {
        if (section.Text(name) is not { } text) return null;
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, s_dates, CultureInfo.InvariantCulture, styles, out var at)) return at;
        section.Error(name, $"is \"{text}\"; a date or a time such as \"2026-12-01\" or \"2026-12-01T00:00:00Z\" stands here");
        return null;
    }

    private static ImmutableArray<ServiceTier> ReadServiceTiers(Section section, ModelPrice price)
    {
        var tiers = ImmutableArray.CreateBuilder<ServiceTier>();
        foreach (var name in TokenPrices.ServiceTiers)
        {
            if (TokenPrices.NamesOf(section, name) is not { } given) continue;
            if (section.Has($"input_cost_per_token_{name}") && section.Has($"output_cost_per_token_{name}"))
                tiers.Add(new ServiceTier(name, TokenPrices.Of(section, name, price)));
            else
            {
                section.Warn(given, $"has no effect without both input_cost_per_token_{name} and output_cost_per_token_{name}; "
                    + $"the service tier {name} of this model has no price");
                TokenPrices.Of(section, name, price);
            }
        }

        return tiers.DrainToImmutable();
    }

    /// <summary>Capabilities, and prices of batch processing, which chat calls here do not use.</summary>
    private static bool IsOfAnotherService(string name) =>
        name.StartsWith("supports_", StringComparison.Ordinal) || name.EndsWith("_batches", StringComparison.Ordinal);

    /// <summary>Prices of a service tier that are not read: of images, characters, seconds.</summary>
    private static bool IsUnreadOfTier(string name) => TokenPrices.ServiceTierOf(name) is not null && !TokenPrices.IsRead(name);

    /// <summary>US dollars a query; a sheet with three context sizes is read at its dearest, so that no hold is too small.</summary>
    private static long? ReadSearch(Section section, bool isPublic)
    {
        var nanos = section.Usd("input_cost_per_query", UsdMax);
        if (section.Object("search_context_cost_per_query") is not { } sizes) return nanos;
        foreach (var size in (ReadOnlySpan<string>)["search_context_size_low", "search_context_size_medium", "search_context_size_high"])
            if (sizes.Usd(size, UsdMax) is { } one && (nanos is null || one > nanos)) nanos = one;
        if (!isPublic) sizes.End();
        return nanos;
    }
}
