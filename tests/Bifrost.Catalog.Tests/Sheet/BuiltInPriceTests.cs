using System.Globalization;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Tests.Sheet;

/// <summary>The built-in sheet, by what calls at dated moments cost.</summary>
public class BuiltInPriceTests
{
    private const string Now = "2026-11-20T12:00:00Z";

    private static readonly CatalogSnapshot s_catalog = new() { Prices = BuiltInPrices.Load() };

    /// <summary>Model, moment, prompt with its cached reads and writes, output with its reasoning, US dollars.</summary>
    public static TheoryData<string, string, long, long, long, long, long, string> Calls => new()
    {
        // The writes that are kept for an hour (500 tokens, 0.0015 dearer) are not told apart by a usage.
        { "anthropic/claude-opus-5-5", Now, 102_620, 100_000, 2_500, 800, 0, "0.04898" },
        { "anthropic/claude-sonnet-5-5", "2026-10-08T00:00:00Z", 51_000, 50_000, 0, 1_000, 0, "0.017" },
        { "anthropic/claude-sonnet-5-5", "2026-10-06T23:59:59Z", 51_000, 50_000, 0, 1_000, 0, "0.022" },
        { "anthropic/claude-haiku-5-5", Now, 100_000, 0, 0, 1_000, 0, "0.0105" },
        { "anthropic/claude-haiku-5-5", Now, 100_001, 0, 0, 1_000, 0, "0.0525005" },
        { "openai/gpt-6.2-sol", Now, 10_000, 6_000, 2_000, 500, 0, "0.0146" },
        { "openai/gpt-6.2-sol", Now, 300_000, 0, 0, 1_000, 0, "1.215" },
        { "gemini/gemini-4-neon", Now, 1_000, 400, 0, 150, 50, "0.00411" },
        { "gemini/gemini-3.1-pro-preview", Now, 200_000, 0, 0, 100, 0, "0.4012" },
        { "gemini/gemini-3.1-pro-preview", Now, 200_001, 0, 0, 100, 0, "0.801804" },
        { "xai/grok-4.5", Now, 1_000, 200, 0, 100, 90, "0.0023" },
        { "cohere/command-a-03-2025", Now, 8, 0, 0, 50, 0, "0.00052" },
        { "bedrock/us.anthropic.claude-opus-5", Now, 104, 100, 0, 9, 0, "0.0003245" },
        { "gemini/gemini-4-argon", "2026-11-30T23:59:59Z", 10_000, 4_000, 0, 2_000, 1_500, "0.0324" },
        { "gemini/gemini-4-argon", "2026-12-01T00:00:00Z", 10_000, 4_000, 0, 2_000, 1_500, "0.0648" },
        { "deepseek/deepseek-flash", "2026-11-16T04:00:00Z", 10_000, 8_000, 0, 1_000, 0, "0.000924" },
        { "deepseek/deepseek-flash", "2026-11-16T03:59:00Z", 10_000, 8_000, 0, 1_000, 0, "0.001848" },
        { "deepseek/deepseek-flash", "2026-11-14T02:00:00Z", 10_000, 8_000, 0, 1_000, 0, "0.000924" },
        { "mistral/mistral-large-4-0", Now, 1_000, 200, 0, 100, 0, "0.000767" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_call_costs_what_the_providers_list_says_at_its_moment(
        string model, string at, long prompt, long read, long write, long output, long reasoning, string usd)
    {
        var usage = new TokenUsage { PromptTokens = prompt, CachedReadTokens = read, CachedWriteTokens = write, CompletionTokens = output, ReasoningTokens = reasoning };
        Assert.Equal(decimal.Parse(usd, CultureInfo.InvariantCulture), Nanos.ToUsd(CostCalculator.Cost(PriceAt(model, at)!, usage).TotalNanos));
    }

    [Fact]
    public void A_tier_that_a_sheet_prices_costs_its_price()
    {
        var usage = new TokenUsage { PromptTokens = 1_000_000, CompletionTokens = 1_000_000 };
        Assert.Equal((1.5m + 7.5m, 5.4m + 27m), (Usd("gemini/gemini-4-neon", "flex"), Usd("gemini/gemini-4-neon", "priority")));

        // Above 272 000 prompt tokens input is twice and output one and a half times as dear, in the dearer tiers too.
        Assert.Equal((4m + 15m, 8m + 30m, 12m + 45m), (Usd("openai/gpt-6.2-sol", null), Usd("openai/gpt-6.2-sol", "fast"), Usd("openai/gpt-6.2-sol", "ultrafast")));
        Assert.Null(PriceAt("openai/gpt-6.2-sol", Now)!.Tier("flex"));

        decimal Usd(string model, string? tier) => Nanos.ToUsd(CostCalculator.Cost(PriceAt(model, Now)!.Tier(tier)!, usage).TotalNanos);
    }

    [Fact]
    public void The_dearer_write_and_the_facts_of_a_model_are_there()
    {
        var price = PriceAt("anthropic/claude-opus-5-5", Now)!;
        Assert.Equal((5_000_000_000, 8_000_000_000), (price.CacheWriteNanosPerMillion, price.CacheWriteLongNanosPerMillion));
        Assert.Equal((128_000, 1_000_000, true), (price.OutputTokensMax, price.PromptTokensMax, price.Thinks));
    }

    [Fact]
    public void What_was_shut_down_or_is_not_known_yet_has_no_price()
    {
        Assert.NotNull(PriceAt("groq/llama-3.1-8b-instant", "2026-08-15T00:00:00Z"));
        Assert.Null(PriceAt("groq/llama-3.1-8b-instant", Now));

        // Between two known prices of DeepSeek's old alias lie weeks whose peak price is not known.
        Assert.Null(PriceAt("deepseek/deepseek-v4-flash", "2026-09-01T00:00:00Z"));
        Assert.Null(PriceAt("openai/o1-pro", Now));
        Assert.Null(PriceAt("mistral/mistral-large", Now));
    }

    [Fact]
    public void Every_row_says_where_it_is_from_and_when_it_was_read()
    {
        Assert.All(BuiltInPrices.Load(), pair => Assert.All(pair.Value.Rows(), row => Assert.Matches("^built in: .+, 20\\d\\d-\\d\\d-\\d\\d$", row.Source)));
        string[] priced =
        [
            "openai", "anthropic", "gemini", "vertex", "bedrock", "cohere", "perplexity", "groq", "mistral", "together", "deepseek", "xai", "cerebras",
            "fireworks", "nebius",
        ];
        var providers = priced.ToDictionary(name => name, name => new Provider { Name = name, BaseUrl = new Uri("http://localhost") });
        Assert.Empty((s_catalog with { Providers = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(providers) }).ProvidersWithoutPrices());
    }

    [Theory]
    [InlineData("openai/gpt-4o", 1_445)]
    [InlineData("openai/gpt-4o-mini", 48_169)]
    [InlineData("openai/gpt-4.1-nano", 3_779)]
    [InlineData("openai/o4-mini", 2_642)]
    [InlineData("openai/gpt-5", 1_190)]
    [InlineData("anthropic/claude-haiku-4-5", 3_279)]
    [InlineData("bedrock/us.anthropic.claude-sonnet-4-6", 3_279)]
    public void One_image_is_not_held_as_a_whole_window(string model, int tokens) => Assert.Equal(tokens, PriceAt(model, Now)!.ImageTokensMax);

    private static ModelPrice? PriceAt(string name, string at)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return s_catalog.PriceOf(name[..slash], name[(slash + 1)..], DateTimeOffset.Parse(at, CultureInfo.InvariantCulture));
    }
}
