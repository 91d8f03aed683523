using System.Collections.Frozen;
using Bifrost.Admin.Ledger;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Tests.Ledger;

/// <summary>What follows from a price for an entry of the past, and what does not.</summary>
public class RepricingTests
{
    private static readonly DateTimeOffset s_called = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ModelPrice s_price = new() { InputNanosPerMillion = 2_000_000_000, OutputNanosPerMillion = 4_000_000_000 };

    [Fact]
    public void The_price_that_held_when_it_was_called_counts()
    {
        var later = s_price with { ValidFrom = s_called.AddDays(1), InputNanosPerMillion = 9_000_000_000 };
        var price = s_price with { ValidTo = s_called.AddDays(1), OtherTimes = [later] };
        Assert.Equal(Repriced.Differs, Repricing.Price(CatalogOf(price), Entry(1), null, corrected: 0, out var nanos));
        Assert.Equal(10 * 2_000 + 5 * 4_000, nanos);
        Assert.Equal(Repriced.Same, Repricing.Price(CatalogOf(price), Entry(1), null, corrected: nanos - 1, out _));
        Assert.Equal(Repriced.Same, Repricing.Price(CatalogOf(price), Entry(nanos), null, corrected: 0, out _));
    }

    [Fact]
    public void An_estimate_a_correction_and_what_used_nothing_are_left_alone()
    {
        foreach (var entry in (LedgerEntry[])[Entry(1) with { Estimated = true }, Entry(1) with { Kind = LedgerEntryKind.Adjust }, Entry(1) with { Kind = LedgerEntryKind.Unknown }, Entry(1) with { Usage = default }])
            Assert.Equal(Repriced.NotTold, Repricing.Price(CatalogOf(s_price), entry, null, corrected: 0, out _));
        Assert.Equal(Repriced.Unpriced, Repricing.Price(CatalogOf(s_price), Entry(1) with { Model = "other" }, null, corrected: 0, out _));
        Assert.Equal(Repriced.Unpriced, Repricing.Price(CatalogOf(s_price with { ValidFrom = s_called.AddDays(1) }), Entry(1), null, corrected: 0, out _));
    }

    [Fact]
    public void A_model_with_prices_by_tier_needs_the_tier()
    {
        var priced = s_price with { ServiceTiers = [new ServiceTier("flex", s_price with { InputNanosPerMillion = 1_000_000_000, OutputNanosPerMillion = 2_000_000_000 })] };
        Assert.Equal(Repriced.TierUnknown, Repricing.Price(CatalogOf(priced), Entry(1), null, corrected: 0, out _));
        Assert.Equal(Repriced.Differs, Repricing.Price(CatalogOf(priced), Entry(1), "flex", corrected: 0, out var nanos));
        Assert.Equal(20_000, nanos);
        Repricing.Price(CatalogOf(priced), Entry(1), "default", corrected: 0, out nanos);
        Assert.Equal(40_000, nanos);
    }

    [Fact]
    public void Where_the_providers_cost_is_booked_it_stays_that()
    {
        var catalog = CatalogOf(s_price, booksReported: true);
        Assert.Equal(Repriced.Same, Repricing.Price(catalog, Entry(77) with { ReportedNanos = 77 }, null, corrected: 0, out _));
        Assert.Equal(Repriced.Differs, Repricing.Price(catalog, Entry(77), null, corrected: 0, out _));
    }

    [Fact]
    public void A_correction_says_what_it_corrects_and_has_an_id_of_its_own_each_time()
    {
        var entry = Entry(100);
        var first = Repricing.Correction(entry, before: 0, booked: 100, nanos: 300);
        Assert.Equal((200L, LedgerEntryKind.Adjust, entry.LeaseId, entry.RequestId), (first.CostNanos, first.Kind, first.LeaseId, first.RequestId));
        Assert.Equal(UuidTime.MadeAt(entry.AttemptId), UuidTime.MadeAt(first.AttemptId));
        Assert.Equal(first.AttemptId, Repricing.Correction(entry, 0, 100, 300).AttemptId);
        Assert.NotEqual(first.AttemptId, Repricing.Correction(entry, 1, 100, 300).AttemptId);
        Assert.NotEqual(first.AttemptId, Repricing.Correction(entry, 0, 100, 301).AttemptId);
        var byHand = first with { Reason = "the bill says so" };
        Assert.Equal((200L, 1), Repricing.CorrectedOf(entry.AttemptId, [first, byHand]));
        Assert.Equal((0L, 0), Repricing.CorrectedOf(Uuid.New(s_called), [first]));
    }

    private static LedgerEntry Entry(long booked) => new()
    {
        AttemptId = Uuid.New(s_called),
        LeaseId = Guid.Empty,
        Kind = LedgerEntryKind.Settle,
        VirtualKeyId = "vk",
        Provider = "p",
        Model = "m",
        RequestId = "r",
        CostNanos = booked,
        Usage = new TokenUsage { PromptTokens = 10, CompletionTokens = 5 },
    };

    private static CatalogSnapshot CatalogOf(ModelPrice price, bool booksReported = false) => new()
    {
        Providers = new Dictionary<string, Provider>
        {
            ["p"] = new() { Name = "p", BaseUrl = new Uri("http://p"), Billing = BillingProfile.Unknown with { BooksReported = booksReported } },
        }.ToFrozenDictionary(),
        Prices = new Dictionary<string, ModelPrice> { ["p/m"] = price }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
    };
}
