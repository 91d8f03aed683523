using System.Text;
using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Sheet;
using Bifrost.Ledger.Money;
using static Bifrost.Catalog.Tests.Json.ReadRig;

namespace Bifrost.Catalog.Tests.Sheet;

/// <summary>What a row of prices may say, and what is told of what it may not.</summary>
public class PriceReading
{
    private const string Plain = "\"input_cost_per_token\":1e-6,\"output_cost_per_token\":2e-6";

    [Fact]
    public void Service_tiers_are_read_with_their_prices_for_long_prompts()
    {
        var price = Row("""
            "cache_read_input_token_cost":1e-7,"output_cost_per_reasoning_token":9e-6,"input_cost_per_request":0.5,"max_output_tokens":7,
            "input_cost_per_token_above_200k_tokens":3e-6,
            "input_cost_per_token_priority":5e-6,"output_cost_per_token_priority":6e-6,"input_cost_per_token_above_200k_tokens_priority":7e-6,
            "input_cost_per_token_flex":5e-7,"output_cost_per_token_flex":1e-6,"cache_read_input_token_cost_flex":5e-8
            """);
        var (priority, flex) = (price.Tier("priority")!, price.Tier("flex")!);
        Assert.Equal((5_000_000_000, 6_000_000_000), (priority.InputNanosPerMillion, priority.OutputNanosPerMillion));
        Assert.Equal((200_000, 7_000_000_000), (priority.Tiers[0].AbovePromptTokens, priority.Tiers[0].InputNanosPerMillion));
        Assert.Equal((50_000_000L, 7, 500_000_000L), (flex.CacheReadNanosPerMillion, flex.OutputTokensMax, flex.RequestNanos));

        // What a tier leaves out is never taken for less than it may cost: neither the cached price of another tier nor the cheaper long prompt.
        Assert.Null(priority.CacheReadNanosPerMillion);
        Assert.Equal(9_000_000_000, flex.ReasoningNanosPerMillion);
        Assert.Equal(3_000_000_000, flex.Tiers[0].InputNanosPerMillion);
    }

    [Fact]
    public void The_price_of_a_write_that_is_kept_long_is_read_for_long_prompts_too()
    {
        var price = Row("\"cache_creation_input_token_cost_above_1hr\":6e-6,\"cache_creation_input_token_cost_above_1hr_above_200k_tokens\":1.2e-5");
        Assert.Equal((6_000_000_000, 12_000_000_000), (price.CacheWriteLongNanosPerMillion, Assert.Single(price.Tiers).CacheWriteLongNanosPerMillion));
    }

    [Fact]
    public void Facts_of_the_model_are_read()
    {
        var price = Row("""
            "max_output_tokens":1,"max_input_tokens":2,"max_tokens_per_image":3,"max_tokens_per_second":4,"supports_reasoning":true,"output_limit":"visible_only",
            "tokenizer":"o200k_base","tokens_per_byte":5,"schema_factor":6,"snapshots":true,"fine_tuned_factor":1.5
            """);
        Assert.Equal((1, 2L, 3, 4, true, OutputLimitRule.VisibleOnly),
            (price.OutputTokensMax, price.PromptTokensMax, price.ImageTokensMax, price.TokensPerSecondMax, price.Thinks, price.OutputLimit));
        Assert.Equal(("o200k_base", 5, 6, true, 1.5m), (price.Tokenizer, price.TokensPerByteMax, price.SchemaFactorMax, price.Snapshots, price.FineTunedFactor));
    }

    [Fact]
    public void Max_tokens_of_a_public_sheet_is_neither_ceiling_nor_window()
    {
        var price = Row("\"max_tokens\":4096,\"mode\":\"chat\"");
        Assert.Equal((null, null), (price.OutputTokensMax, price.PromptTokensMax));
    }

    [Theory]
    [InlineData("\"output_cost_per_image_token\":1e-5", "output_cost_per_image_token")]
    [InlineData("\"input_cost_per_image_priority\":1", "input_cost_per_image_priority")]
    [InlineData("\"input_cost_per_token_priority\":1e-5", "input_cost_per_token_priority")]
    [InlineData("\"cache_read_input_token_cost_flex\":1e-5", "cache_read_input_token_cost_flex")]
    public void A_price_that_cannot_be_carried_is_told(string field, string name)
    {
        var (price, findings) = Read($$"""{{{Plain}},{{field}}}""");
        Assert.Empty(findings.Errors);
        Assert.StartsWith($"sim/m.{name}:", Assert.Single(findings.Warnings), StringComparison.Ordinal);
        Assert.Empty(price!.ServiceTiers);
    }

    [Fact]
    public void Rows_of_a_model_are_ordered_by_time()
    {
        var (price, findings) = Read($$"""
            [{ {{Plain}}, "valid_from":"2026-12-01" }, { {{Plain}}, "valid_to":"2026-12-01T00:00:00Z" }, { {{Plain}}, "hours_utc":"Mon-Fri 01:00-04:00" }]
            """);
        Assert.Empty(findings.Errors);
        Assert.Equal((null, new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero)), (price!.ValidFrom, price.ValidTo));
        Assert.Equal("Mon-Fri 01:00-04:00", price.OtherTimes[0].HoursUtc!.ToString());
        Assert.Equal(price.ValidTo, price.OtherTimes[1].ValidFrom);
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "[]", "sim/m", "1 to 100 rows" },
        { $$"""[{ {{Plain}} },{ {{Plain}} }]""", "sim/m", "two rows that hold at once" },
        { $$"""[{ {{Plain}}, "valid_to":"2026-12-02" },{ {{Plain}}, "valid_from":"2026-12-01" }]""", "sim/m", "2026-12-01" },
        { $$"""{ {{Plain}}, "valid_from":"soon" }""", "sim/m.valid_from", "2026-12-01" },
        { $$"""{ {{Plain}}, "valid_from":"12/01/2026" }""", "sim/m.valid_from", "2026-12-01" },
        { $$"""{ {{Plain}}, "valid_from":"2026-12-01", "valid_to":"2026-12-01" }""", "sim/m.valid_to", "not after" },
        { $$"""{ {{Plain}}, "hours_utc":"at night" }""", "sim/m.hours_utc", "Mon-Fri" },
        { $$"""{ {{Plain}}, "hours_utc":"01:00-04:00" }""", "sim/m.hours_utc", "days and then times" },
        { $$"""{ {{Plain}}, "output_limit":"maybe" }""", "sim/m.output_limit", "visible_only" },
        { $$"""[7]""", "sim/m[0]", "an object" },
    };

    [Theory]
    [InlineData("\"input_cost_per_audio_token\":1e-16", "free")]
    [InlineData("\"input_cost_per_audio_token\":1e-40", "a number from 0 to 1 stands here")]
    [InlineData("\"input_cost_per_audio_token\":100000", "a number from 0 to 1 stands here")]
    [InlineData("\"input_cost_per_request\":1e-10", "the smallest amount is 0.000000001")]
    [InlineData("\"input_cost_per_query\":1e-12", "the smallest amount is 0.000000001")]
    public void A_price_that_would_become_free_is_refused(string field, string message)
    {
        var error = Assert.Single(Read($$"""{{{Plain}},{{field}}}""").Findings.Errors);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_smallest_price_and_none_are_prices() =>
        Assert.Equal((1, 0), (Row("\"citation_cost_per_token\":1e-15").CitationNanosPerMillion, Row("\"citation_cost_per_token\":0e-30").CitationNanosPerMillion));

    [Fact]
    public void Whether_a_model_searches_at_every_call_is_read() =>
        Assert.Equal((true, null), (Row("\"always_searches\":true").AlwaysSearches, Row("\"snapshots\":false").AlwaysSearches));

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_place(string json, string path, string message)
    {
        var error = Read(json).Findings.Errors[0];
        Assert.Equal(path, error.Path);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_differ_in_case_only_are_one_and_refused()
    {
        const string json = $$$"""{"sim/GPT":{ {{{Plain}}} },"sim/gpt":{ {{{Plain}}} }}""";
        foreach (var error in (Finding[])
            [
                Assert.Single(File(json, section => PriceSheet.Read(section, Scope.Providers)).Errors),
                Assert.Single(Body(json, section => PriceSheet.ReadChange(section, Scope.Providers)).Errors),
            ])
        {
            Assert.Equal("sim/gpt", error.Path);
            Assert.Contains("\"sim/GPT\"", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_change_tells_what_of_it_has_no_effect()
    {
        var (read, errors) = Body($$$"""{"sim/m":{ {{{Plain}}},"output_cost_per_image_token":1 }}""", section => PriceSheet.ReadChange(section, Scope.Providers));
        Assert.Empty(errors);
        Assert.StartsWith("sim/m: output_cost_per_image_token", Assert.Single(read.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_comes_back_from_the_store_and_from_what_the_api_shows_as_it_was()
    {
        foreach (var price in BuiltInPrices.Load().Values.Select(Unsourced))
        {
            Assert.Equivalent(price, CatalogJson.Read<ModelPrice>(CatalogJson.Write(price)), strict: true);
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream)) PriceJson.Write(json, "sim/m", price, Now);
            using var shown = JsonDocument.Parse(stream.ToArray());
            var rows = shown.RootElement.TryGetProperty("rows", out var all) ? all.GetRawText() : Row(shown.RootElement);
            Assert.Equivalent(price, Read(rows).Price, strict: true);
        }

        static string Row(JsonElement shown) =>
            "{" + string.Join(",", shown.EnumerateObject().Where(one => one.Name is not ("model" or "in_force" or "source")).Select(one => one.ToString())) + "}";
    }

    [Fact]
    public void A_price_that_an_older_version_stored_is_read()
    {
        var old = CatalogJson.Read<ModelPrice>(Encoding.UTF8.GetBytes("""{"input_nanos_per_million":1,"output_nanos_per_million":2,"tiers":[],"output_tokens_max":3}"""));
        Assert.Equivalent(new ModelPrice { InputNanosPerMillion = 1, OutputNanosPerMillion = 2, OutputTokensMax = 3 }, old, strict: true);
    }

    private static ModelPrice Unsourced(ModelPrice price) => price with
    {
        Source = null,
        ServiceTiers = [.. price.ServiceTiers.Select(tier => tier with { Price = Unsourced(tier.Price) })],
        OtherTimes = [.. price.OtherTimes.Select(Unsourced)],
    };

    private static ModelPrice Row(string more)
    {
        var (price, findings) = Read($$"""{{{Plain}},{{more}}}""");
        Assert.Empty(findings.Errors);
        Assert.Empty(findings.Warnings);
        return price!;
    }

    private static (ModelPrice? Price, Findings Findings) Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var findings = new Findings();
        return (PriceRows.Read(document.RootElement, "sim/m", new ReadContext(findings, _ => null)), findings);
    }
}
