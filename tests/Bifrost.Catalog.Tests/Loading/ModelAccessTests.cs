using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Tests.Loading;

public class ModelAccessTests
{
    private static readonly KeyProvider s_config = new() { Provider = "p", AllowedModels = new NameList(["m"]), KeyIds = new NameList(["one"]) };
    private static readonly VirtualKey s_key = new() { Id = "vk", Name = "vk", Secrets = [], Providers = [s_config] };

    private static readonly CatalogSnapshot s_catalog = new()
    {
        Providers = Frozen(Of("p", Credential("one"), Credential("two") with { Models = new NameList(["other"]) }), Of("q") with { Keyless = true }),
    };

    [Theory]
    [InlineData("p", "m", ModelAccess.Allowed)]
    [InlineData("p", "other", ModelAccess.ModelBlocked)]
    [InlineData("q", "m", ModelAccess.ProviderBlocked)]
    [InlineData("absent", "m", ModelAccess.ProviderBlocked)]
    [InlineData("P", "M", ModelAccess.Allowed)]
    public void Opens_only_what_the_keys_configs_allow(string provider, string model, ModelAccess access) =>
        Assert.Equal(access, KeyAccess.Of(s_catalog, s_key, provider, model, default));

    [Fact]
    public void Refuses_a_model_without_a_price_last_and_only_where_the_settings_say_so()
    {
        var strict = s_catalog with { Settings = new GovernanceSettings { Unpriced = UnpricedRule.Refuse } };

        Assert.Equal(ModelAccess.Allowed, KeyAccess.Of(s_catalog, null, "q", "m", default));
        Assert.Equal(ModelAccess.Unpriced, KeyAccess.Of(strict, null, "q", "m", default));
        Assert.Equal(ModelAccess.ModelBlocked, KeyAccess.Of(strict, s_key, "p", "other", default));
        var priced = strict with { Prices = new Dictionary<string, ModelPrice>(StringComparer.Ordinal) { ["q/m"] = new() { InputNanosPerMillion = 1, OutputNanosPerMillion = 1 } }.ToFrozenDictionary() };
        Assert.Equal(ModelAccess.Allowed, KeyAccess.Of(priced, null, "q", "m", default));
    }

    [Theory]
    [InlineData("gpt-4o")]
    [InlineData("GPT-4o")]
    public void A_denied_name_is_denied_in_any_case(string model)
    {
        var config = s_config with { AllowedModels = NameList.All, BlacklistedModels = new NameList(["gpt-4o"]) };
        Assert.Equal(ModelAccess.ModelBlocked, KeyAccess.Of(s_catalog, s_key with { Providers = [config] }, "p", model, default));
        Assert.False(KeyAccess.Serves(Credential("one") with { BlacklistedModels = new NameList(["Gpt-4O"]) }, model));
    }

    [Theory]
    [InlineData(UnpricedRule.RefuseUnderBudget, false, ModelAccess.Allowed)]
    [InlineData(UnpricedRule.RefuseUnderBudget, true, ModelAccess.Unpriced)]
    [InlineData(UnpricedRule.Refuse, false, ModelAccess.Unpriced)]
    [InlineData(UnpricedRule.Allow, true, ModelAccess.Allowed)]
    public void An_unpriced_model_is_open_as_the_rule_says(UnpricedRule rule, bool budget, ModelAccess access)
    {
        var key = s_key with { Budgets = budget ? [s_budget] : [] };
        Assert.Equal(access, KeyAccess.Of(s_catalog with { Settings = new GovernanceSettings { Unpriced = rule } }, key, "p", "m", default));
    }

    [Fact]
    public void Every_level_of_budgets_counts()
    {
        var team = new Team { Id = "t", Name = "t", CustomerId = "c" };
        var customer = new Customer { Id = "c", Name = "c" };
        var catalog = s_catalog with { Teams = Of(team, one => one.Id), Customers = Of(customer, one => one.Id) };
        var key = s_key with { TeamId = "t" };
        Assert.False(KeyAccess.IsUnderBudget(catalog, key, "p", "m"));
        Assert.True(KeyAccess.IsUnderBudget(catalog, key with { Budgets = [s_budget] }, "p", "m"));
        Assert.True(KeyAccess.IsUnderBudget(catalog, key with { Providers = [s_config with { Budgets = [s_budget] }] }, "P", "m"));
        Assert.True(KeyAccess.IsUnderBudget(catalog with { Teams = Of(team with { Budgets = [s_budget] }, one => one.Id) }, key, "p", "m"));
        Assert.True(KeyAccess.IsUnderBudget(catalog with { Customers = Of(customer with { Budgets = [s_budget] }, one => one.Id) }, key, "p", "m"));
        Assert.True(KeyAccess.IsUnderBudget(
            catalog with { Customers = Of(customer with { Budgets = [s_budget] }, one => one.Id) }, s_key with { CustomerId = "c" }, "p", "m"));
        Assert.False(IsBound("other", "*"));
        Assert.True(IsBound("*", "*"));
        Assert.True(IsBound("P", "*"));
        Assert.True(IsBound("*", "M"));

        bool IsBound(string provider, string model) => KeyAccess.IsUnderBudget(
            catalog with { GlobalLimits = [new GlobalLimit { Id = "g", Provider = provider, Model = model, Budgets = [s_budget] }] }, null, "p", "m");
    }

    /// <summary>Refusals name the level: a limit of all models of a provider is the provider's, any other the model's.</summary>
    [Theory]
    [InlineData("p", "*", BudgetLevel.Provider, "p")]
    [InlineData("*", "*", BudgetLevel.Provider, "*")]
    [InlineData("p", "m", BudgetLevel.Model, "m")]
    [InlineData("*", "m", BudgetLevel.Model, "m")]
    public void A_global_budget_is_of_a_provider_or_of_a_model(string provider, string model, BudgetLevel level, string owner)
    {
        var catalog = s_catalog with { GlobalLimits = [new GlobalLimit { Id = "g", Provider = provider, Model = model, Budgets = [s_budget] }] };
        Assert.Equal(new BindingBudget(s_budget, level, owner), Assert.Single(KeyAccess.BudgetsOf(catalog, s_key, "p", "m")));
    }

    private static readonly Budget s_budget = new() { Id = "b", LimitNanos = 0, Period = new(1, PeriodUnit.Day, CalendarAligned: false) };

    private static FrozenDictionary<string, T> Of<T>(T one, Func<T, string> id) => new[] { one }.ToFrozenDictionary(id);

    [Fact]
    public void A_credential_serves_what_its_lists_and_the_keys_config_leave_open()
    {
        var provider = s_catalog.Providers["p"];

        Assert.True(KeyAccess.Serves(provider, null, "other"));
        Assert.True(KeyAccess.Serves(provider, s_config with { KeyIds = new NameList(["two"]) }, "other"));
        Assert.False(KeyAccess.Serves(provider, s_config with { KeyIds = new NameList(["two"]) }, "m"));
        Assert.False(KeyAccess.Serves(provider, s_config with { KeyIds = NameList.None }, "m"));
        Assert.True(KeyAccess.Serves(s_catalog.Providers["q"], s_config with { KeyIds = NameList.None }, "m"));
        Assert.False(KeyAccess.Serves(Credential("one") with { Enabled = false }, "m"));
        Assert.False(KeyAccess.Serves(Credential("one") with { BlacklistedModels = new NameList(["m"]) }, "m"));
    }

    private static Provider Of(string name, params ProviderKey[] keys) => new() { Name = name, BaseUrl = new Uri("http://localhost"), Keys = [.. keys] };

    private static ProviderKey Credential(string id) => new() { Id = id, Name = id, Value = "secret" };

    private static FrozenDictionary<string, Provider> Frozen(params Provider[] providers) =>
        providers.ToFrozenDictionary(provider => provider.Name, StringComparer.OrdinalIgnoreCase);
}
