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

    [Theory]
    [InlineData("gpt-4o-2031-01-01", "gpt-4o-2032-02-02")]
    [InlineData("gpt-4o", "gpt-4o-2031-01-01")]
    [InlineData("gpt-4o-2031-01-01", "gpt-4o")]
    [InlineData("ft:gpt-4o:org:a:1", "ft:gpt-4o:org:b:2")]
    [InlineData("ft:gpt-4o-2031-01-01:org:a:1", "ft:gpt-4o:org:b:2")]
    [InlineData("GPT-4o", "gpt-4o-20310101")]
    public async Task A_broken_bound_binds_every_name_that_its_price_has(string broken, string next)
    {
        var rig = Rig("openai", "gpt-4o", s_model with { Snapshots = true, FineTunedFactor = 1 });
        var ticket = await rig.AdmitAsync(rig.Request("openai", broken));
        var before = rig.Book.Holds[0].NeedNanos;

        await SettleAt(rig, ticket, broken, before * 2);
        await rig.AdmitAsync(rig.Request("openai", next));

        Assert.InRange(rig.Book.Holds[1].NeedNanos, before * 2, (before * 2) + 2);
    }

    [Fact]
    public async Task A_bound_that_was_kept_by_the_name_that_was_called_holds_on()
    {
        var rig = Rig("openai", "gpt-4o", s_model with { Snapshots = true });
        var old = new BrokenBound { Model = "openai/gpt-4o-2031-01-01", Thousandths = 3_000, At = rig.Time.GetUtcNow() };
        rig.Publish(_ => rig.Catalog.Current with
        {
            Version = 2,
            BrokenBounds = new[] { old }.ToFrozenDictionary(one => one.Model, StringComparer.OrdinalIgnoreCase),
        });

        await rig.AdmitAsync(rig.Request("openai", "gpt-4o-2031-01-01"));

        Assert.Equal((PromptOf(KeyRig.PromptBytes) + 200) * 3, rig.Book.Holds[0].NeedNanos);
    }

    [Theory]
    [InlineData("mine", null, 20)]
    [InlineData("mine", "auto", 20)]
    [InlineData("mine", "", 20)]
    [InlineData("mine", "default", 2)]
    [InlineData("azure", null, 20)]
    [InlineData("gemini", null, 2)]
    [InlineData("gemini", "auto", 20)]
    [InlineData("openai", null, 2)]
    [InlineData("openai", "auto", 2)]
    [InlineData("mine", "priority", 20)]
    public async Task A_tier_that_the_upstream_may_choose_is_held_at_the_dearest(string provider, string? tier, long outputNanos)
    {
        var dear = s_model with { OutputNanosPerMillion = 20_000_000 };
        var flex = new ServiceTier("flex", s_model with { OutputNanosPerMillion = 1 });
        var rig = Rig(provider, "m", s_model with { ServiceTiers = [flex, new ServiceTier("priority", dear)] });

        await rig.AdmitAsync(rig.Request(provider) with { Content = KeyRig.ContentOf(100) with { ServiceTier = tier } });

        Assert.Equal(PromptOf(100) + (100 * outputNanos), rig.Book.Holds[0].NeedNanos);
    }

    [Fact]
    public async Task A_tier_that_the_upstream_may_choose_is_held_at_the_plain_one_where_that_is_the_dearest()
    {
        var flex = new ServiceTier("flex", s_model with { OutputNanosPerMillion = 500_000 });
        var rig = Rig("mine", "m", s_model with { ServiceTiers = [flex] });

        await rig.AdmitAsync(rig.Request("mine") with { Content = KeyRig.ContentOf(100) });

        Assert.Equal(PromptOf(100) + 200, rig.Book.Holds[0].NeedNanos);
    }

    /// <summary>Held at the cheap tier, and run, like every call there, in the plain one.</summary>
    [Theory]
    [InlineData("mine", 200)]
    [InlineData("azure", 200)]
    [InlineData("openai", 50)]
    public async Task A_cheaper_tier_is_held_at_the_plain_one_where_the_provider_may_not_know_it(string provider, long outputNanos)
    {
        var flex = new ServiceTier("flex", s_model with { OutputNanosPerMillion = 500_000 });
        var rig = Rig(provider, "m", s_model with { ServiceTiers = [flex] });

        await rig.AdmitAsync(rig.Request(provider) with { Content = KeyRig.ContentOf(100) with { ServiceTier = "flex" } });

        Assert.Equal(PromptOf(100) + outputNanos, rig.Book.Holds[0].NeedNanos);
    }

    [Theory]
    [InlineData("openrouter/fusion", true)]
    [InlineData("openrouter/fusion-flash", true)]
    [InlineData("fusion", true)]
    [InlineData("openrouter/bodybuilder", true)]
    [InlineData("openrouter/pareto-code", true)]
    [InlineData("typesafe/jev-router", true)]
    [InlineData("nvidia/switchyard", true)]
    [InlineData("openrouter/brand-new", true)]
    [InlineData("OpenRouter/brand-new", true)]
    [InlineData("brand-new", true)]
    [InlineData("openrouterish/m", false)]
    [InlineData("a/b", false)]
    public async Task A_price_for_all_models_of_an_aggregator_is_none_for_its_own_ones(string model, bool refused)
    {
        var rig = Rig("openrouter", "*", s_model);

        var reply = await rig.Admission.AdmitAsync(rig.Request("openrouter", model));

        Assert.Equal(refused ? RefusalReason.FieldUnpriced : null, reply.Refusal?.Reason);
    }

    [Theory]
    [InlineData("@preset/x", true)]
    [InlineData("a/b@preset/x", true)]
    [InlineData("openrouter/auto-beta", true)]
    [InlineData("openrouter/auto", true)]
    [InlineData("auto", true)]
    [InlineData("Auto:free", true)]
    [InlineData("a/b:online:free", true)]
    [InlineData("a/b:nitro", true)]
    [InlineData("a/b:floor", true)]
    [InlineData("a/b:exacto", true)]
    [InlineData("a/pareto-code", true)]
    [InlineData("a/switchyard", true)]
    [InlineData("openrouter/fusion", true)]
    [InlineData("openrouter/bodybuilder", true)]
    [InlineData("openrouter/some-alpha", false)]
    [InlineData("a/b:free", false)]
    [InlineData("thudm/autoglm", false)]
    public async Task Presets_and_models_of_the_providers_own_choice_are_refused(string model, bool refused)
    {
        var rig = Rig("openrouter", model, s_model);

        var reply = await rig.Admission.AdmitAsync(rig.Request("openrouter", model));

        Assert.Equal(refused ? RefusalReason.FieldUnpriced : null, reply.Refusal?.Reason);
    }

    [Theory]
    [InlineData(464)]
    [InlineData(465)]
    [InlineData(500)]
    [InlineData(1_300)]
    [InlineData(7_001)]
    public async Task The_output_limit_that_would_fit_does_fit_when_it_is_added(long free)
    {
        var dearer = new PriceTier { AbovePromptTokens = 470, InputNanosPerMillion = 2_000_000, OutputNanosPerMillion = 2_000_000 };
        var rig = Rig("openai", "m", s_model with { Tiers = [dearer] });
        rig.Book.Answer = request => request.NeedNanos <= free
            ? new(FakeBook.Lease, request.NeedNanos, null)
            : new(Guid.Empty, 0, new Refusal { Reason = RefusalReason.BudgetExceeded, Message = "Short." }) { FitsNanos = free };
        var request = rig.Request("openai", outputTokensMax: 0) with { Clamp = ClampRule.Never };
        var refusal = await rig.RefuseAsync(request);
        var words = refusal.Message.Split("An output limit of ");
        if (words.Length == 1)
        {
            Assert.Equal(464, free);
            Assert.Contains("No output limit would fit: with one of 1 token it may cost up to $0.000000465.", refusal.Message, StringComparison.Ordinal);
            return;
        }

        // It was said that none would fit wherever one in many bytes would not.
        var limit = int.Parse(words[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        var isTerse = words[1].Contains("written without blanks as \"max_tokens\":1.", StringComparison.Ordinal);
        Assert.Equal(free <= 500, isTerse);
        var added = System.Text.Encoding.UTF8.GetByteCount(isTerse ? ",\"max_tokens\":1" : $",\n  \"max_completion_tokens\" : {limit}");
        await rig.AdmitAsync(request with
        {
            AttemptId = Guid.CreateVersion7(),
            OutputTokensMax = limit,
            Content = KeyRig.ContentOf(KeyRig.PromptBytes + added),
        });
    }

    /// <summary>It was said that no limit would fit, though the request gets shorter with its limit.</summary>
    [Theory]
    [InlineData(446, false)]
    [InlineData(447, true)]
    [InlineData(449, true)]
    public async Task A_limit_that_is_named_gets_shorter_when_it_is_lowered(long free, bool fits)
    {
        var rig = Rig("openai", "m", s_model);
        rig.Book.Answer = _ =>
            new(Guid.Empty, 0, new Refusal { Reason = RefusalReason.BudgetExceeded, Message = "Short." }) { FitsNanos = free };

        var refusal = await rig.RefuseAsync(rig.Request("openai", outputTokensMax: 8_000) with { Clamp = ClampRule.Never });

        Assert.Contains(
            fits ? "An output limit of 1 token would fit" : "No output limit would fit: with one of 1 token it may cost up to $0.000000447.",
            refusal.Message, StringComparison.Ordinal);
    }

    private static Task SettleAt(KeyRig rig, Ticket ticket, string model, long cost) => rig.Admission.SettleAsync(new Settlement
    {
        Ticket = ticket,
        Outcome = AttemptOutcome.Completed,
        Provider = "openai",
        Model = model,
        CostNanos = cost,
        RequestId = "r",
    });

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
