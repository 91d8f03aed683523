using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>What one call holds by the data of its provider and its model. Input costs 1 nano-dollar a token, output 2.</summary>
public class HeldTests
{
    private static readonly ModelPrice s_model = new()
    {
        InputNanosPerMillion = 1_000_000,
        OutputNanosPerMillion = 2_000_000,
        OutputTokensMax = 16_000,
        PromptTokensMax = 100_000,
        TokensPerByteMax = 1,
        SchemaFactorMax = 3,
    };

    [Theory]
    [InlineData("anthropic", "m", null, 0)]
    [InlineData("gemini", "m", null, 0)]
    [InlineData("openai", "gpt-4o", null, 0)]
    [InlineData("openai", "gpt-4o-search-preview", null, 64)]
    [InlineData("perplexity", "perplexity/sonar", null, 64)]
    [InlineData("perplexity", "perplexity/sonar", false, 0)]
    [InlineData("anthropic", "m", true, 64)]
    [InlineData("mine", "m", null, 64)]
    public async Task Searches_that_no_call_can_run_are_not_held(string provider, string model, bool? always, int searches)
    {
        var rig = Rig(provider, model, s_model with { SearchQueryNanos = 1_000_000, AlwaysSearches = always });

        await rig.AdmitAsync(rig.Request(provider, model));

        Assert.Equal(PromptOf(KeyRig.PromptBytes) + 200 + (searches * 1_000_000L), rig.Book.Holds[0].NeedNanos);
    }

    [Fact]
    public async Task A_search_tool_that_the_operator_let_in_is_held()
    {
        var known = BillingProfiles.Find("anthropic");
        var declared = new[] { "tools.web_search" };
        var billing = known with { FreeFields = known.FreeFields.Concat(declared).ToFrozenSet(), DeclaredFields = declared.ToFrozenSet() };
        var rig = Rig("anthropic", "m", s_model with { SearchQueryNanos = 1_000_000 }, billing);

        await rig.AdmitAsync(rig.Request("anthropic") with { Content = KeyRig.ContentOf(100) with { OtherFields = ["tools.web_search"] } });

        Assert.Equal(PromptOf(100) + 200 + 64_000_000, rig.Book.Holds[0].NeedNanos);
    }

    private static long PromptOf(int bytes) => 64 + 16 + bytes;

    private static KeyRig Rig(string provider, string model, ModelPrice price, BillingProfile? billing = null)
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with
        {
            Budgets = [new Budget { Id = "b", LimitNanos = 1_000_000_000, Period = new WindowPeriod(1, PeriodUnit.Day, CalendarAligned: false) }],
        };
        rig.Publish(c => c with
        {
            Providers = new Dictionary<string, Provider>
            {
                [provider] = new()
                {
                    Name = provider,
                    BaseUrl = new Uri("http://localhost"),
                    Billing = billing ?? BillingProfiles.Find(provider),
                    ServiceTier = BillingProfiles.DefaultTierOf(provider),
                },
            }.ToFrozenDictionary(StringComparer.Ordinal),
            Prices = new Dictionary<string, ModelPrice> { [$"{provider}/{model}"] = price }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
        });
        return rig;
    }
}
