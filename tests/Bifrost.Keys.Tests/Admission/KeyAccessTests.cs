using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Tests.Admission;

public class KeyAccessTests
{
    [Fact]
    public async Task Admits_the_current_secret_and_the_one_before_until_its_overlap_ends()
    {
        var rig = new KeyRig();
        var end = rig.Time.GetUtcNow() + TimeSpan.FromMinutes(5);
        rig.Key = rig.Key with { Secrets = [new(KeyRig.Hash("sk-bf-new"), null), new(KeyRig.Hash(KeyRig.Secret), end)] };

        await rig.AdmitAsync(rig.Request(secret: "sk-bf-new"));
        await rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromMinutes(5));
        await rig.AdmitAsync(rig.Request(secret: "sk-bf-new"));

        Assert.Equal(RefusalReason.VirtualKeyNotFound, (await rig.RefuseAsync()).Reason);
    }

    [Fact]
    public async Task Answers_a_wrong_secret_like_an_unknown_key()
    {
        var rig = new KeyRig();
        var wrong = await rig.RefuseAsync(rig.Request(secret: "sk-bf-two"));
        var none = await rig.RefuseAsync(rig.Request() with { SecretHash = default });
        rig.Key = rig.Key with { Id = "another" };
        rig.Publish();
        var unknown = await rig.RefuseAsync();

        Assert.Equal(wrong, unknown);
        Assert.Equal(wrong, none);
        Assert.Equal(RefusalReason.VirtualKeyNotFound, wrong.Reason);
        Assert.Empty(rig.Book.Holds);
    }

    [Fact]
    public async Task Refuses_an_inactive_and_an_expired_key()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { ExpiresAt = rig.Time.GetUtcNow() + TimeSpan.FromSeconds(1) };
        rig.Publish();
        await rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        var expired = await rig.RefuseAsync();
        rig.Key = rig.Key with { ExpiresAt = null, IsActive = false };
        rig.Publish();
        var inactive = await rig.RefuseAsync();

        Assert.Equal((RefusalReason.AccessBlocked, RefusalReason.AccessBlocked), (expired.Reason, inactive.Reason));
        Assert.Contains("2000-01-01T00:00:01Z", expired.Message);
    }

    [Theory]
    [InlineData("q", "m", RefusalReason.ProviderBlocked)]
    [InlineData("absent", "m", RefusalReason.ProviderBlocked)]
    [InlineData("p", "other", RefusalReason.ModelBlocked)]
    [InlineData("p", "m", null)]
    public async Task Opens_only_what_the_keys_configs_allow(string provider, string model, RefusalReason? reason)
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { AllowAllProviders = false, Providers = [new KeyProvider { Provider = "p", AllowedModels = new NameList(["m"]) }] };

        var reply = await rig.Admission.AdmitAsync(rig.Request(provider, model));

        Assert.Equal(reason, reply.Refusal?.Reason);
    }

    [Fact]
    public async Task A_config_binds_even_a_key_that_may_use_all_providers()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { Providers = [new KeyProvider { Provider = "p", BlacklistedModels = new NameList(["m"]) }] };

        Assert.Equal(RefusalReason.ModelBlocked, (await rig.RefuseAsync()).Reason);
        await rig.AdmitAsync(rig.Request("q"));
    }

    [Fact]
    public async Task Refuses_models_without_a_price_only_where_the_setting_says_so()
    {
        var rig = new KeyRig();
        await rig.AdmitAsync(rig.Request(model: "unheard-of"));
        rig.Publish(c => c with { Settings = new GovernanceSettings { Unpriced = UnpricedRule.Refuse } });

        Assert.Equal(RefusalReason.ModelUnpriced, (await rig.RefuseAsync(rig.Request(model: "unheard-of"))).Reason);
        await rig.AdmitAsync();
    }

    [Fact]
    public async Task Refuses_a_model_without_a_price_under_a_budget_and_says_how_to_price_it()
    {
        var rig = new KeyRig();
        var refused = 0;
        var budget = new Budget { Id = "b", LimitNanos = 0, Period = new(1, PeriodUnit.Day, false) };
        rig.Key = rig.Key with { Budgets = [budget] };
        foreach (var (rule, refuses) in new[] { (UnpricedRule.RefuseUnderBudget, true), (UnpricedRule.Refuse, true), (UnpricedRule.Allow, false) })
        {
            rig.Publish(c => c with { Settings = new GovernanceSettings { Unpriced = rule } });
            if (!refuses) Assert.NotNull((await rig.Admission.AdmitAsync(rig.Request(model: "o1-pro"))).Ticket);
            else
            {
                var refusal = await rig.RefuseAsync(rig.Request(model: "o1-pro"));
                Assert.Equal(RefusalReason.ModelUnpriced, refusal.Reason);
                foreach (var part in new[] { "p/o1-pro", "\"pricing\"", "PUT /api/pricing" }) Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.Equal(2, refused);
    }

    [Fact]
    public async Task Refuses_a_model_when_its_price_is_no_longer_in_force()
    {
        var rig = new KeyRig();
        var budget = new Budget { Id = "b", LimitNanos = 0, Period = new(1, PeriodUnit.Day, false) };
        rig.Key = rig.Key with { Budgets = [budget] };
        var price = new ModelPrice { InputNanosPerMillion = 1, OutputNanosPerMillion = 1, ValidTo = rig.Time.GetUtcNow().AddHours(1) };
        rig.Publish(c => c with { Prices = new Dictionary<string, ModelPrice> { ["p/m"] = price }.ToFrozenDictionary() });

        Assert.NotNull((await rig.Admission.AdmitAsync(rig.Request())).Ticket);
        rig.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RefusalReason.ModelUnpriced, (await rig.RefuseAsync()).Reason);
    }

    [Theory]
    [InlineData("P", "M")]
    [InlineData("p", "M")]
    public async Task Limits_of_a_model_bind_its_calls_in_any_case(string provider, string model)
    {
        var rig = new KeyRig();
        var limit = new GlobalLimit { Id = "g", Provider = "p", Model = "m", RateLimit = KeyRig.PerMinute(requests: 1) };
        rig.Publish(c => c with
        {
            GlobalLimits = [limit],
            Providers = c.Providers.ToFrozenDictionary(one => one.Key, one => one.Value, StringComparer.OrdinalIgnoreCase),
        });

        Assert.NotNull((await rig.Admission.AdmitAsync(rig.Request(provider, model))).Ticket);
        Assert.Equal(RefusalReason.RequestLimited, (await rig.RefuseAsync()).Reason);
    }

    [Fact]
    public async Task Admits_a_caller_without_a_virtual_key_under_the_global_limits_alone()
    {
        var rig = new KeyRig { KeyId = AnonymousKey.For("silo") };
        var budget = new Budget { Id = "all", LimitNanos = 1, Period = new(1, PeriodUnit.Day, false) };
        rig.Publish(c => c with { GlobalLimits = [new GlobalLimit { Id = "g", Budgets = [budget] }] });

        await rig.AdmitAsync(rig.Request() with { SecretHash = default });

        Assert.Equal(["all"], rig.Book.Holds[0].Chain.Ids);
    }

    [Fact]
    public async Task Admits_nobody_while_the_ledger_may_not()
    {
        var rig = new KeyRig();
        rig.Book.MayAdmit = false;

        var refusal = await rig.RefuseAsync();

        Assert.Equal((RefusalReason.LedgerUnavailable, 1_000L), (refusal.Reason, refusal.RetryAfterMs));
        Assert.Empty(rig.Book.Holds);
    }

    [Fact]
    public async Task Holds_credit_of_every_budget_that_binds_and_of_no_other()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with
        {
            TeamId = "t",
            Budgets = [BudgetOf("key-day"), BudgetOf("key-month")],
            Providers = [new KeyProvider { Provider = "p", Budgets = [BudgetOf("config")] }, new KeyProvider { Provider = "q", Budgets = [BudgetOf("no")] }],
        };
        rig.Publish(c => c with
        {
            Teams = One("t", new Team { Id = "t", Name = "t", CustomerId = "c", Budgets = [BudgetOf("team")] }),
            Customers = One("c", new Customer { Id = "c", Name = "c", Budgets = [BudgetOf("customer")] }),
            GlobalLimits =
            [
                new GlobalLimit { Id = "1", Provider = "p", Budgets = [BudgetOf("provider")] },
                new GlobalLimit { Id = "2", Model = "m", Budgets = [BudgetOf("model")] },
                new GlobalLimit { Id = "3", Provider = "q", Budgets = [BudgetOf("no")] },
                new GlobalLimit { Id = "4", Provider = "p", Model = "other", Budgets = [BudgetOf("no")] },
            ],
        });

        var ticket = await rig.AdmitAsync();

        Assert.Equal(["config", "customer", "key-day", "key-month", "model", "provider", "team"], rig.Book.Holds[0].Chain.Ids);
        // Of a model without data: three tokens a byte, 2 048 of a hidden prompt, 80 of the request and its message.
        Assert.Equal((((KeyRig.PromptBytes * 3) + 2_048 + 80) * 1_000) + (100 * 2_000), rig.Book.Holds[0].NeedNanos);
        Assert.Equal(
            ("t", "c", FakeBook.Lease, rig.Book.Holds[0].NeedNanos, 300L, 100),
            (ticket.TeamId, ticket.CustomerId, ticket.LeaseId, ticket.HoldNanos, ticket.HeldTokens, ticket.OutputTokensMax));
    }

    private static Budget BudgetOf(string id) => new() { Id = id, LimitNanos = 1, Period = new(1, PeriodUnit.Day, false) };

    private static System.Collections.Frozen.FrozenDictionary<string, T> One<T>(string id, T value) =>
        System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create(id, value)], StringComparer.Ordinal);
}
