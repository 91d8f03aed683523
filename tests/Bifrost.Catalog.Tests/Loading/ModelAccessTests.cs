using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;

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
    public void Opens_only_what_the_keys_configs_allow(string provider, string model, ModelAccess access) =>
        Assert.Equal(access, KeyAccess.Of(s_catalog, s_key, provider, model));

    [Fact]
    public void Refuses_a_model_without_a_price_last_and_only_where_the_settings_say_so()
    {
        var strict = s_catalog with { Settings = new GovernanceSettings { Unpriced = UnpricedRule.Refuse } };

        Assert.Equal(ModelAccess.Allowed, KeyAccess.Of(s_catalog, null, "q", "m"));
        Assert.Equal(ModelAccess.Unpriced, KeyAccess.Of(strict, null, "q", "m"));
        Assert.Equal(ModelAccess.ModelBlocked, KeyAccess.Of(strict, s_key, "p", "other"));
        var priced = strict with { Prices = new Dictionary<string, ModelPrice>(StringComparer.Ordinal) { ["q/m"] = new() { InputNanosPerMillion = 1, OutputNanosPerMillion = 1 } }.ToFrozenDictionary() };
        Assert.Equal(ModelAccess.Allowed, KeyAccess.Of(priced, null, "q", "m"));
    }

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
        providers.ToFrozenDictionary(provider => provider.Name, StringComparer.Ordinal);
}
