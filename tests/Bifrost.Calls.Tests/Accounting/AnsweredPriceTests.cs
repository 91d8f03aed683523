using System.Collections.Frozen;
using Bifrost.Calls.Accounting;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Tests.Accounting;

public class AnsweredPriceTests
{
    private static readonly TokenUsage s_usage = new() { PromptTokens = 1_000_000 };

    private static readonly CatalogSnapshot s_catalog = new()
    {
        Prices = new Dictionary<string, ModelPrice>
        {
            ["p/plain"] = Of(10) with { ServiceTiers = [new ServiceTier("priority", Of(20)), new ServiceTier("flex", Of(5))] },
            ["p/dear"] = Of(30) with { ServiceTiers = [new ServiceTier("priority", Of(60))] },
            ["p/cheap"] = Of(1),
        }.ToFrozenDictionary(),
    };

    [Theory]
    [InlineData("plain", null, null, null, 10)]
    [InlineData("plain", "flex", null, null, 5)]
    [InlineData("plain", null, "dear", null, 30)]
    [InlineData("plain", null, "cheap", null, 10)]
    [InlineData("plain", null, "unpriced", null, 10)]
    [InlineData("plain", null, null, "Priority", 20)]
    [InlineData("plain", "flex", null, "default", 10)]
    [InlineData("plain", "priority", null, "default", 20)]
    [InlineData("plain", null, null, "flex", 10)]
    [InlineData("plain", null, null, "unheard-of", 10)]
    [InlineData("plain", "priority", "dear", null, 60)]
    [InlineData("plain", null, "dear", "priority", 60)]
    [InlineData("cheap", "priority", null, null, 1)]
    [InlineData("unpriced", null, "dear", null, 30)]
    [InlineData("unpriced", null, "unpriced-too", "priority", null)]
    public void Takes_the_model_and_tier_that_answered_where_they_are_dearer(string asked, string? tier, string? model, string? answeredTier, int? expected) =>
        Assert.Equal(
            expected,
            new AnsweredPrice(s_catalog, "p", asked, tier, knowsTiers: true, isTierOpen: false, default).Of(s_usage, Named((model, answeredTier)))?.TotalNanos);

    [Fact]
    public void A_cheaper_tier_is_not_believed_of_a_provider_that_does_not_know_the_field() =>
        Assert.Equal(10, new AnsweredPrice(s_catalog, "p", "plain", "flex", knowsTiers: false, isTierOpen: false, default).Of(s_usage)?.TotalNanos);

    /// <summary>Held at the dearest tier, and booked at the plain one.</summary>
    [Theory]
    [InlineData("plain", null, null, null, 20)]
    [InlineData("plain", "auto", null, null, 20)]
    [InlineData("plain", "auto", null, "auto", 20)]
    [InlineData("plain", "auto", null, "unheard-of", 20)]
    [InlineData("plain", "auto", null, "default", 10)]
    [InlineData("plain", "auto", null, "flex", 10)]
    [InlineData("plain", null, "dear", null, 60)]
    [InlineData("plain", null, "dear", "default", 30)]
    [InlineData("plain", null, "cheap", null, 20)]
    [InlineData("cheap", null, null, null, 1)]
    [InlineData("unpriced", null, "dear", null, 60)]
    [InlineData("unpriced", null, null, null, null)]
    public void A_tier_that_the_provider_chose_and_does_not_name_is_the_dearest(
        string asked, string? tier, string? model, string? answeredTier, int? expected) =>
        Assert.Equal(
            expected,
            new AnsweredPrice(s_catalog, "p", asked, tier, knowsTiers: false, isTierOpen: true, default).Of(s_usage, Named((model, answeredTier)))?.TotalNanos);

    /// <summary>The last chunk that named any decided.</summary>
    [Fact]
    public void The_dearest_that_is_named_anywhere_counts()
    {
        var price = new AnsweredPrice(s_catalog, "p", "plain", null, knowsTiers: true, isTierOpen: false, default);
        Assert.Equal(30, price.Of(s_usage, Named(("plain", null), ("dear", null), ("plain", null)))?.TotalNanos);
        Assert.Equal(20, price.Of(s_usage, Named((null, "priority"), (null, "default")))?.TotalNanos);
        Assert.Equal(60, price.Of(s_usage, Named(("dear", null), ("cheap", "priority")))?.TotalNanos);
    }

    private static AnsweredNames Named(params (string? Model, string? Tier)[] chunks)
    {
        var names = new AnsweredNames("asked-for-by-another-name");
        foreach (var (model, tier) in chunks)
        {
            var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { model, service_tier = tier });
            Assert.True(CompletionScanner.TryScan(json, out var shape));
            names.Add(json, shape);
        }

        return names;
    }

    private static ModelPrice Of(long nanos) => new() { InputNanosPerMillion = nanos, OutputNanosPerMillion = nanos };
}
