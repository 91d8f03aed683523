using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Tests.Model;

public class PriceOfTests
{
    private static readonly CatalogSnapshot s_catalog = new()
    {
        Prices = new Dictionary<string, ModelPrice>
        {
            ["p/base"] = Of(10) with { Snapshots = true, FineTunedFactor = 1.5m },
            ["p/base-2024-05-13"] = Of(20),
            ["p/plain"] = Of(30),
            ["p/ft:plain"] = Of(40),
            ["own/*"] = Of(0),
            ["own/dear"] = Of(50),
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
    };

    [Theory]
    [InlineData("p", "base", "p/base")]
    [InlineData("p", "base-2027-01-01", "p/base")]
    [InlineData("p", "base-2024-05-13", "p/base-2024-05-13")]
    [InlineData("p", "ft:base-2027-01-01:org::id", "p/ft:base")]
    [InlineData("p", "ft:plain:org::id", "p/ft:plain")]
    [InlineData("own", "anything", "own/*")]
    [InlineData("p", "other-2027-01-01", "p/other-2027-01-01")]
    public void Made_up_names_of_one_price_are_one(string provider, string model, string name) => Assert.Equal(name, s_catalog.PricedAs(provider, model));

    [Theory]
    [InlineData("gpt-4o", "gpt-4o-2024-08-06", true)]
    [InlineData("GPT-4o", "gpt-4o-20310101", true)]
    [InlineData("gpt-4o", "gpt-4o-mini", false)]
    [InlineData("gpt-4o", "gpt-4o-mini-2024-07-18", false)]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o", false)]
    [InlineData("ft:gpt-4o", "ft:gpt-4o:org:a:1", true)]
    [InlineData("ft:gpt-4o", "ft:gpt-4o-2024-08-06:org:a:1", true)]
    [InlineData("gpt-4o", "ft:gpt-4o:org:a:1", false)]
    [InlineData("", "gpt-4o", false)]
    public void A_limit_of_a_model_binds_its_snapshots(string limited, string model, bool binds) =>
        Assert.Equal(binds, new GlobalLimit { Id = "l", Model = limited }.Binds("openai", model));

    [Theory]
    [InlineData("p", "base", 10)]
    [InlineData("P", "BASE", 10)]
    [InlineData("p", "base-2024-05-13", 20)] // its own row goes first
    [InlineData("p", "base-2027-01-01", 10)]
    [InlineData("p", "base-20270101", 10)]
    [InlineData("p", "base@20270101", 10)]
    [InlineData("p", "base-2027-13-01", null)] // no date
    [InlineData("p", "base-2512", null)] // a version
    [InlineData("p", "base-latest", null)]
    [InlineData("p", "base-mini", null)]
    [InlineData("p", "plain-2027-01-01", null)] // its row does not speak for snapshots
    [InlineData("p", "ft:base:org:name:id", 15)]
    [InlineData("p", "FT:base-2027-01-01:org::id", 15)]
    [InlineData("p", "ft:plain:org::id", 40)]
    [InlineData("p", "ft:base-2024-05-13:org::id", null)] // the snapshot's own row declares no factor
    [InlineData("p", "ft:other:org::id", null)]
    [InlineData("p", "ft:", null)]
    [InlineData("p", "ft::", null)]
    [InlineData("q", "base", null)]
    [InlineData("p", "", null)]
    [InlineData("own", "anything", 0)]
    [InlineData("own", "dear", 50)]
    public void A_name_has_its_own_price_or_one_that_the_data_declares(string provider, string model, int? price) =>
        Assert.Equal(price, (int?)s_catalog.PriceOf(provider, model)?.InputNanosPerMillion);

    [Fact]
    public void A_price_that_is_not_in_force_is_none()
    {
        var from = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        var catalog = s_catalog with { Prices = new Dictionary<string, ModelPrice> { ["p/m"] = Of(1) with { ValidFrom = from } }.ToFrozenDictionary() };
        Assert.Null(catalog.PriceOf("p", "m", from.AddTicks(-1)));
        Assert.NotNull(catalog.PriceOf("p", "m", from));
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        Find();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Find();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Find()
        {
            _ = s_catalog.PriceOf("p", "base");
            _ = s_catalog.PriceOf("p", "base-2027-01-01");
        }
    }

    private static ModelPrice Of(long price) => new() { InputNanosPerMillion = price, OutputNanosPerMillion = price };
}
