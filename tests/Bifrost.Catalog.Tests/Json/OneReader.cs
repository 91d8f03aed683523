using System.Text;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using static Bifrost.Catalog.Tests.Json.ReadRig;

namespace Bifrost.Catalog.Tests.Json;

/// <summary>The configuration file and the admin API read governance objects alike.</summary>
public class OneReader
{
    public static TheoryData<string> Keys =>
    [
        """{"name":"n"}""",
        """{"name":"n","description":"d","is_active":false,"allow_all_providers":true,"max_concurrent_requests":7,"expires_at":"2999-01-01"}""",
        """{"name":"n","team_id":"t1","customer_id":null}""",
        """{"name":"n","customer_id":"c1","calendar_aligned":true,"budgets":[{"max_limit":1.5,"reset_duration":"1M"},{"max_limit":2,"reset_duration":"1h"}]}""",
        """{"name":"n","budget":{"max_limit":1,"reset_duration":"1d","calendar_aligned":true},"rate_limit":{"token_max_limit":5,"token_reset_duration":"1h"}}""",
        """{"name":"n","provider_configs":[{"provider":"sim","weight":null,"allowed_models":["a"],"blacklisted_models":["b"],"key_ids":["first"]}]}""",
        """{"name":"n","provider_configs":[{"provider":"sim","weight":0.25,"allow_all_keys":true,"budgets":[{"max_limit":1,"reset_duration":"1w"}]}],"config_hash":"x"}""",
    ];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_virtual_key_is_the_same_from_the_file_and_from_a_body(string json)
    {
        var (file, body) = (File(json, Key), Body(json, Key));
        Assert.Empty(file.Errors);
        Assert.Empty(body.Errors);
        Assert.Equal(Text(file.Read), Text(body.Read));
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { """{"name":7}""", "name" },
        { """{"name":"n","nmae":"m"}""", "nmae" },
        { """{"name":"n","expires_at":"soon"}""", "expires_at" },
        { """{"name":"n","team_id":"t2"}""", "team_id" },
        { """{"name":"n","team_id":"t1","customer_id":"c1"}""", "customer_id" },
        { """{"name":"n","max_concurrent_requests":-1}""", "max_concurrent_requests" },
        { """{"name":"n","budgets":[{"reset_duration":"1d"}]}""", "budgets[0].max_limit" },
        { """{"name":"n","budgets":[{"max_limit":1}]}""", "budgets[0].reset_duration" },
        { """{"name":"n","budgets":[{"max_limit":1,"reset_duration":"1x"}]}""", "budgets[0].reset_duration" },
        { """{"name":"n","budgets":[{"max_limit":1,"reset_duration":"1d"},{"max_limit":2,"reset_duration":"1d"}]}""", "budgets[1].reset_duration" },
        { """{"name":"n","rate_limit":{"request_max_limit":1}}""", "rate_limit.request_reset_duration" },
        { """{"name":"n","provider_configs":[{"provider":"smi"}]}""", "provider_configs[0].provider" },
        { """{"name":"n","provider_configs":[{"provider":"sim"},{"provider":"sim"}]}""", "provider_configs[1].provider" },
        { """{"name":"n","provider_configs":[{"provider":"sim","key_ids":["k2"]}]}""", "provider_configs[0].key_ids" },
        { """{"name":"n","provider_configs":[{"provider":"sim","allowed_models":["*","a"]}]}""", "provider_configs[0].allowed_models" },
        { """{"name":"n","provider_configs":[{"provider":"sim","allowed_models":["regex:a"]}]}""", "provider_configs[0].allowed_models" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_in_the_same_words(string json, string path)
    {
        var file = Assert.Single(File(json, Key).Errors);
        Assert.Equal(path, file.Path);

        // What a body may have beside it makes the list of known names another one; the nearest name is the same.
        Assert.Equal(file, Body(json, Key).Errors[0]);
    }

    [Fact]
    public void Owners_are_the_same_from_the_file_and_from_a_body()
    {
        const string json = """{"name":"n","customer_id":"c1","budgets":[{"max_limit":1,"reset_duration":"1M"}],"calendar_aligned":true}""";
        var blank = new Team { Id = "t", Name = "t" };
        Assert.Equal(
            Text(File(json, section => OwnerReader.Read(section, blank, Scope)).Read), Text(Body(json, section => OwnerReader.Read(section, blank, Scope)).Read));
        const string config = """{"model_name":"m","provider":"sim","scope":"global","rate_limit":{"request_max_limit":1,"request_reset_duration":"1m"}}""";
        var limit = new GlobalLimit { Id = "model:1" };
        var (file, body) = (File(config, section => OwnerReader.ReadModelConfig(section, limit, Scope)), Body(config, section => OwnerReader.ReadModelConfig(section, limit, Scope)));
        Assert.Equal(("sim", "m"), (file.Read.Provider, file.Read.Model));
        Assert.Equal(Text(file.Read), Text(body.Read));
    }

    [Fact]
    public void A_price_is_the_same_from_the_file_and_from_a_body()
    {
        const string json = """{"sim/m":{"input_cost_per_token":1e-6,"output_cost_per_token":2e-6,"input_cost_per_token_above_200k_tokens":3e-6,"max_output_tokens":5}}""";
        var file = File(json, section => PriceSheet.Read(section, Scope.Providers));
        var body = Body(json, section => PriceSheet.ReadChange(section, Scope.Providers));
        Assert.Equal(Text(file.Read["sim/m"]), Text(body.Read.Prices["sim/m"]!));
    }

    private static string Text<T>(T value) => Encoding.UTF8.GetString(CatalogJson.Write(value));
}
