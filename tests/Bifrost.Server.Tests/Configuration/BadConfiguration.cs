using Bifrost.Server.Composition;

namespace Bifrost.Server.Tests.Configuration;

/// <summary>Every mistake is told with the setting, its value and what would be right.</summary>
public class BadConfiguration
{
    private const string Key = """ "id":"k","value":"sk-bf-0123456789abcdef","provider_configs":[{"provider":"sim"}] """;

    /// <summary>Each row: the file, and what its one message must contain.</summary>
    public static TheoryData<string, string[]> Mistakes => new()
    {
        // Names.
        { """{"providres":{},"providers":{"sim":{}}}""", ["providres", "did you mean providers"] },
        { """{"providers":{"sim":{}},"nonsense_of_mine":1}""", ["nonsense_of_mine", "not a setting", "known here"] },
        { """{"providers":{"sim":{"network_config":{"base_ur1":"x"}}}}""", ["providers.sim.network_config.base_ur1", "did you mean base_url"] },
        { """{"providers":{"openai":{"keys":[{"valeu":"x","value":"k"}]}}}""", ["providers.openai.keys[0].valeu", "did you mean value"] },
        { """{"providers":{"sim":{}},"limits":{"drain_second":1}}""", ["limits.drain_second", "did you mean drain_seconds"] },
        { """{"providers":{"sim":{}},"client":{"allow_direct_key":true}}""", ["client.allow_direct_key", "did you mean allow_direct_keys"] },
        { """{"providers":{"sim":{}},"client":{},"client":{}}""", ["client", "twice"] },
        // Types and ranges.
        { """{"providers":[]}""", ["providers", "an empty list", "an object"] },
        { """{"providers":{"sim":{}},"client":{"allow_direct_keys":"yes"}}""", ["client.allow_direct_keys", "\"yes\"", "true or false"] },
        { """{"providers":{"sim":{}},"client":{"max_request_body_size_mb":0}}""", ["client.max_request_body_size_mb", "is 0", "from 1 to"] },
        { """{"providers":{"sim":{"concurrency_and_buffer_size":{"concurrency":1.5}}}}""", ["concurrency", "1.5", "whole number"] },
        { """{"providers":{"sim":{"network_config":{"retry_backoff_initial":"5 parsecs"}}}}""", ["retry_backoff_initial", "5 parsecs", "500ms"] },
        { """{"providers":{"sim":{"network_config":{"base_url":"ftp://x"}}}}""", ["base_url", "ftp://x", "absolute address"] },
        { """{"providers":{"sim":{}},"limits":{"unpriced":"maybe"}}""", ["limits.unpriced", "maybe", "refuse_under_budget, refuse or allow"] },
        { """{"providers":{"sim":{}},"limits":{"clamp":"maybe"}}""", ["limits.clamp", "maybe", "learned, unnamed, any or never"] },
        // Names that differ in case only.
        { """{"providers":{"sim":{},"SIM":{}}}""", ["providers.SIM", "\"sim\"", "ignore case"] },
        { """{"providers":{"sim":{}},"pricing":{"sim/a":{"input_cost_per_token":0,"output_cost_per_token":0},"sim/A":{"input_cost_per_token":0,"output_cost_per_token":0}}}""", ["pricing.sim/A", "\"sim/a\"", "ignore case"] },
        { """{"providers":{"openai":{"keys":[{"value":"k","models":["gpt-4o","GPT-4o"]}]}}}""", ["providers.openai.keys[0].models", "\"gpt-4o\" and \"GPT-4o\"", "ignore case"] },
        { """{"providers":{"openai":{"keys":[{"id":"one","value":"k"},{"id":"One","value":"l"}]}}}""", ["providers.openai.keys[1].id", "\"one\"", "ignore case"] },
        // How providers bill.
        { """{"providers":{"sim":{"on_leave":"wait"}}}""", ["providers.sim.on_leave", "wait", "drain or close"] },
        { """{"providers":{"sim":{"billing":{"closing":"maybe"}}}}""", ["providers.sim.billing.closing", "maybe", "runs_on, stops or free"] },
        { """{"providers":{"sim":{"billing":{"free_feilds":[]}}}}""", ["providers.sim.billing.free_feilds", "did you mean free_fields"] },
        { """{"providers":{"sim":{}},"governance":{"customers":[{"id":"c","budgets":[{"max_limit":1,"reset_duration":"1d","admission":"guess"}]}]}}""", ["budgets[0].admission", "guess", "bound or estimate"] },
        // Providers.
        { """{}""", ["providers", "names no provider"] },
        { """{"providers":{"openai":{}}}""", ["providers.openai.keys", "is missing"] },
        { """{"providers":{"openai":{"keys":[{"value":"k","enabled":false}]}}}""", ["providers.openai.keys", "no key that could be chosen"] },
        { """{"providers":{"openai":{"keys":[{"value":"env.NOT_SET"}]}}}""", ["providers.openai.keys[0].value", "env.NOT_SET", "NOT_SET is not set"] },
        { """{"providers":{"openai":{"keys":[{"value":"sk-bf-mine"}]}}}""", ["providers.openai.keys[0].value", "virtual key"] },
        { """{"providers":{"openai":{"keys":[{"name":"a","value":"k"},{"name":"a","value":"l"}]}}}""", ["keys[1].id", "\"a\"", "its own"] },
        { """{"providers":{"opnai":{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x"}}}}""", ["providers.opnai", "did you mean openai"] },
        { """{"providers":{"mine":{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x"},"custom_provider_config":{"base_provider_type":"klingon"}}}}""", ["providers.mine.custom_provider_config.base_provider_type", "speaks klingon", "not spoken here"] },
        { """{"providers":{"sim":{"custom_provider_config":{"base_provider_type":"openai","request_path_overrides":{"chat_completion":"v1/x"}}}}}""", ["request_path_overrides.chat_completion", "v1/x", "a path such as"] },
        { """{"providers":{"sim":{}},"client":{"error_names":"old"}}""", ["client.error_names", "old", "current or v1"] },
        { """{"providers":{"sim":{}},"client":{"allowed_origins":["example.com/path"]}}""", ["client.allowed_origins", "example.com/path", "https://host"] },
        { """{"providers":{"x":{"keys":[{"value":"k"}],"custom_provider_config":{"base_provider_type":"openai"}}}}""", ["providers.x.network_config.base_url", "is missing"] },
        { """{"providers":{"sim":{"stream_usage":"perhaps"}}}""", ["stream_usage", "perhaps", "ask or never"] },
        { """{"providers":{"sim":{"network_config":{"retry_backoff_initial":9000}}}}""", ["retry_backoff_initial", "9000", "retry_backoff_max"] },
        { """{"providers":{"sim":{"network_config":{"extra_headers":{"Authorization":"x"}}}}}""", ["extra_headers.Authorization", "remove it"] },
        { """{"providers":{"sim":{"network_config":{"extra_headers":{"x":"sk-bf-1"}}}}}""", ["extra_headers.x", "virtual key"] },
        { """{"providers":{"openai":{"keys":[{"value":"k","models":["*","a"]}]}}}""", ["keys[0].models", "mixes"] },
        { """{"providers":{"openai":{"keys":[{"value":"k","models":["a","a"]}]}}}""", ["keys[0].models", "twice"] },
        // Governance.
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{"id":"k","provider_configs":[{"provider":"sim"}]}]}}""", ["virtual_keys[0].value", "is missing"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY },{ @KEY }]}}""".Replace("@KEY", Key), ["virtual_keys[1].id", "unique", "virtual_keys[1].value", "its own"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{"id":"k","value":"sk-bf-01234567","provider_configs":[{"provider":"smi"}]}]}}""", ["provider_configs[0].provider", "smi", "did you mean sim"] },
        { """{"providers":{"sim":{}},"governance":{"teams":[{"id":"t"}],"customers":[{"id":"c"}],"virtual_keys":[{ @KEY,"team_id":"t","customer_id":"c"}]}}""".Replace("@KEY", Key), ["customer_id", "keep one"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"team_id":"tt"}],"teams":[{"id":"t1"}]}}""".Replace("@KEY", Key), ["team_id", "tt", "did you mean t1"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"budget_id":"b1"}],"budgets":[{"id":"b2","max_limit":1,"reset_duration":"1d","virtual_key_id":"k"}]}}""".Replace("@KEY", Key), ["budget_id", "b1", "did you mean b2"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"budgets":[{"max_limit":1,"reset_duration":"1x"}]}]}}""".Replace("@KEY", Key), ["budgets[0].reset_duration", "1x"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"budgets":[{"max_limit":-1,"reset_duration":"1d"}]}]}}""".Replace("@KEY", Key), ["budgets[0].max_limit", "-1"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"budgets":[{"max_limit":1,"reset_duration":"1d"},{"max_limit":2,"reset_duration":"1d"}]}]}}""".Replace("@KEY", Key), ["budgets[1].reset_duration", "1d", "another budget"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"rate_limit":{}}]}}""".Replace("@KEY", Key), ["rate_limit.request_max_limit", "limits nothing"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"rate_limit":{"token_max_limit":5}}]}}""".Replace("@KEY", Key), ["token_reset_duration", "is missing"] },
        { """{"providers":{"sim":{}},"governance":{"virtual_keys":[{ @KEY,"expires_at":"tomorrow"}]}}""".Replace("@KEY", Key), ["expires_at", "tomorrow"] },
        { """{"providers":{"openai":{"keys":[{"name":"a","value":"k"}]}},"governance":{"virtual_keys":[{"id":"k","value":"sk-bf-01234567","provider_configs":[{"provider":"openai","key_ids":["b"]}]}]}}""", ["key_ids", "\"b\"", "no key of openai"] },
        { """{"providers":{"sim":{}},"governance":{"budgets":[{"id":"b","max_limit":1,"reset_duration":"1d"}],"teams":[{"id":"t","budget_id":"b"},{"id":"u","budget_id":"b"}]}}""", ["budgets[0].id", "one owner"] },
        // Prices, store, cluster.
        { """{"providers":{"sim":{}},"pricing":{"gpt":{"input_cost_per_token":0,"output_cost_per_token":0}}}""", ["pricing.gpt", "provider/model"] },
        { """{"providers":{"sim":{}},"pricing":{"sim/a":{"output_cost_per_token":0}}}""", ["input_cost_per_token", "is missing"] },
        { """{"providers":{"sim":{}},"pricing":{"sim/a":{"input_cost_per_token":-1,"output_cost_per_token":0}}}""", ["input_cost_per_token", "-1"] },
        { """{"providers":{"sim":{}},"pricing":{"sim/a":{"input_cost_per_token":0,"output_cost_per_token":0,"input_cost_per_tokn":0}}}""", ["input_cost_per_tokn", "did you mean input_cost_per_token"] },
        { """{"providers":{"sim":{}},"store":{"type":"mysql"}}""", ["store.type", "mysql", "sqlite or postgres"] },
        { """{"providers":{"sim":{}},"store":{"type":"postgres"}}""", ["store.connection_string", "is missing"] },
        { """{"providers":{"sim":{}},"store":{"path":"x","type":"postgres","connection_string":"Host=x"}}""", ["store.path", "belongs to type sqlite"] },
        { """{"providers":{"sim":{}},"cluster":{}}""", ["cluster", "store.type is sqlite"] },
        { """{"providers":{"sim":{}},"cluster":{"advertised_address":"10.0.0.5"}}""", ["cluster.advertised_address", "10.0.0.5", "cluster.tls", "cluster.insecure"] },
        { """{"providers":{"sim":{}},"cluster":{"advertised_address":"0.0.0.0"}}""", ["cluster.advertised_address", "the IP address of this machine"] },
        { """{"providers":{"sim":{}},"cluster":{"advertised_address":"silo-1"}}""", ["cluster.advertised_address", "silo-1"] },
        { """{"providers":{"sim":{}},"cluster":{"gateway_port":11111}}""", ["cluster.gateway_port", "11111", "two different ports"] },
        { """{"providers":{"sim":{}},"cluster":{"tls":{"certificate":"a.pem"}}}""", ["cluster.tls.key", "missing"] },
        { """{"providers":{"sim":{}},"client":{"enforce_auth_on_inference":true,"enforce_governance_header":false}}""", ["enforce_governance_header", "one setting"] },
        { """{"providers":{"sim":{}}""", ["line 1", "not JSON"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Is_refused_with_the_setting_its_value_and_the_remedy(string json, string[] parts)
    {
        var message = string.Join("\n", Read.Errors(json));
        foreach (var part in parts) Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_every_mistake_at_once() =>
        Assert.Equal(3, Read.Errors("""{"providers":{"openai":{"keys":[{"value":"env.NO"}]}},"a_thing":1,"limits":{"drain_seconds":-1}}""").Count);

    [Fact]
    public void Never_shows_a_secret()
    {
        var errors = Read.Errors("""{"providers":{"openai":{"keys":[{"value":"sk-secret with space"}]}},"store":{"type":"sqlite","connection_string":"Password=hidden"}}""");
        Assert.DoesNotContain(errors, error => error.Contains("secret with", StringComparison.Ordinal) || error.Contains("hidden", StringComparison.Ordinal));
    }

    /// <summary>Secrets at wrong places: each was printed by a start that refused them.</summary>
    [Theory]
    [InlineData("""{"providers":{"openai":{"keys":["sk-proj-hidden0123"]}}}""")]
    [InlineData("""{"providers":{"openai":{"keys":"sk-proj-hidden0123"}}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":["sk-proj-hidden0123"]}]}}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":"k","sk-proj-hidden0123":1}]}}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":"k","weight":"sk-proj-hidden0123"}]}}}""")]
    [InlineData("""{"providers":{"openai":"sk-proj-hidden0123"}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":"k"}],"network_config":{"base_url":"https://me:hidden@host"}}}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":"k"}],"network_config":{"base_url":"https://host?key=hidden"}}}}""")]
    [InlineData("""{"providers":{"sim":{}},"webhooks":[{"name":"a","secret":"s","url":"https://me:hidden@host"}]}""")]
    [InlineData("""{"providers":{"sim":{}},"store":{"type":"Host=db;Password=hidden"}}""")]
    [InlineData("""{"providers":{"sim":{}},"store":{"type":"postgres","connection_string":{"password":"hidden"}}}""")]
    [InlineData("""{"providers":{"sim":{}},"encryption_key":12345678901234567890}""")]
    [InlineData("""{"providers":{"sim":{}},"limits":{"clamp":"0123456789abcdef0123456789hidden"}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":hidden}]}}}""")]
    [InlineData("""{"providers":{"openai":{"keys":[{"value":truehidden}]}}}""")]
    public void A_secret_at_a_wrong_place_was_printed(string json)
    {
        foreach (var error in Read.Errors(json))
        {
            Assert.DoesNotContain("hidden", error, StringComparison.Ordinal);
            Assert.DoesNotContain("1234567890", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_virtual_key_is_no_admin_token()
    {
        Assert.Contains(Read.Errors(
            """{"providers":{"sim":{}},"governance":{"virtual_keys":[{"id":"k","value":"bf-admin-0123456789","allow_all_providers":true}]}}"""),
            error => error.Contains("admin token", StringComparison.Ordinal));
        var same = Read.Good("""{"providers":{"sim":{}},"governance":{"virtual_keys":[{"id":"k","value":"an-old-key-0123456789","allow_all_providers":true}]}}""");
        var errors = StartChecks.Of(new StartOptions { AdminToken = "an-old-key-0123456789" }, same);
        Assert.Contains("virtual key k", Assert.Single(errors), StringComparison.Ordinal);
        var sent = Read.Good("""{"providers":{"openai":{"keys":[{"value":"a-providers-key-0123456789"}]}}}""");
        Assert.Contains("provider openai", Assert.Single(StartChecks.Of(new StartOptions { AdminToken = "a-providers-key-0123456789" }, sent)), StringComparison.Ordinal);
        Assert.Empty(StartChecks.Of(new StartOptions { AdminToken = "another-token-0123456789" }, same));
    }

    [Fact]
    public void Warns_of_limits_that_bind_nobody_and_prices_of_nothing()
    {
        var read = Read.Good("""
            {"providers":{"sim":{}},"governance":{"budgets":[{"id":"lonely","max_limit":1,"reset_duration":"1d"}],
             "rate_limits":[{"id":"idle","request_max_limit":1,"request_reset_duration":"1m"}]},
             "pricing":{"smi/x":{"input_cost_per_token":0,"output_cost_per_token":0}}}
            """);
        Assert.Contains(read.Warnings, warning => warning.Contains("lonely", StringComparison.Ordinal));
        Assert.Contains(read.Warnings, warning => warning.Contains("idle", StringComparison.Ordinal));
        Assert.Contains(read.Warnings, warning => warning.Contains("did you mean sim", StringComparison.Ordinal));
    }
}
