using System.Collections.Frozen;
using Bifrost.Calls.Accounting;
using Bifrost.Catalog.Model;
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
        Assert.Equal(expected, new AnsweredPrice(s_catalog, "p", asked, tier, knowsTiers: true, default).Of(s_usage, model, answeredTier)?.TotalNanos);

    [Fact]
    public void A_cheaper_tier_is_not_believed_of_a_provider_that_does_not_know_the_field() =>
        Assert.Equal(10, new AnsweredPrice(s_catalog, "p", "plain", "flex", knowsTiers: false, default).Of(s_usage)?.TotalNanos);

    private static ModelPrice Of(long nanos) => new() { InputNanosPerMillion = nanos, OutputNanosPerMillion = nanos };
}
