using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Tests.Configuration;

public class GoodConfiguration
{
    /// <summary>A file as Bifrost's users have it, with the id-referencing style of governance and settings of no use here.</summary>
    private const string Bifrosts = """
        {
          "$schema": "https://www.getbifrost.ai/schema",
          "version": 2,
          "client": {
            "drop_excess_requests": false, "initial_pool_size": 300, "allowed_origins": ["*"], "enable_logging": true,
            "enforce_governance_header": true, "allow_direct_keys": true, "max_request_body_size_mb": 20, "async_job_result_ttl": 600
          },
          "providers": {
            "openai": {
              "keys": [
                { "name": "first", "value": "env.OPENAI_KEY", "models": ["gpt-4o", "gpt-4o-mini"], "weight": 0.7, "use_for_batch_api": true },
                { "id": "second-id", "name": "second", "value": "sk-plain", "models": ["*"], "weight": 0.3 }
              ],
              "network_config": {
                "base_url": "https://example.test/v1/", "extra_headers": { "x-team": "env.TEAM" }, "default_request_timeout_in_seconds": 30,
                "stream_idle_timeout_in_seconds": 20, "max_retries": 3, "retry_backoff_initial": 250, "retry_backoff_max": "2s"
              },
              "concurrency_and_buffer_size": { "concurrency": 10, "buffer_size": 20 },
              "send_back_raw_response": true
            },
            "ollama": { "keys": [{ "name": "local", "models": ["*"], "ollama_key_config": { "url": "http://localhost:11434" } }] },
            "mine": { "keys": [{ "value": "k" }], "network_config": { "base_url": "http://mine.test" },
                      "custom_provider_config": { "base_provider_type": "openai", "allowed_requests": { "chat_completion": true } } }
          },
          "governance": {
            "budgets": [
              { "id": "b-customer", "max_limit": 1000, "reset_duration": "1M" },
              { "id": "b-team", "max_limit": 100.5, "reset_duration": "1w", "team_id": "t1" },
              { "id": "b-key", "max_limit": 10, "reset_duration": "1d", "virtual_key_id": "vk1", "current_usage": 3.5, "last_reset": "2026-01-01T00:00:00Z" },
              { "id": "b-config", "max_limit": 5, "reset_duration": "1h", "provider_config_id": 7 },
              { "id": "b-provider", "max_limit": 5000, "reset_duration": "1Y" }
            ],
            "rate_limits": [{ "id": "rl", "token_max_limit": 1000, "token_reset_duration": "1m", "request_max_limit": 60, "request_reset_duration": "1h" }],
            "customers": [{ "id": "c1", "name": "Customer", "budget_id": "b-customer" }],
            "teams": [{ "id": "t1", "name": "Team", "customer_id": "c1", "calendar_aligned": true }],
            "virtual_keys": [{
              "id": "vk1", "name": "Key", "value": "env.VK", "team_id": "t1", "rate_limit_id": "rl", "is_active": true,
              "provider_configs": [
                { "id": 7, "provider": "openai", "weight": 0.5, "allowed_models": ["gpt-4o"], "key_ids": ["second-id"] },
                { "provider": "mine", "weight": null, "allowed_models": ["*"], "blacklisted_models": ["bad"], "allow_all_keys": true }
              ]
            }],
            "providers": [{ "name": "openai", "budget_id": "b-provider" }],
            "model_configs": [{ "id": "m1", "model_name": "gpt-4o", "provider": "openai", "budgets": [{ "max_limit": 1, "reset_duration": "1d" }] }]
          },
          "config_store": { "enabled": true, "type": "sqlite", "config": { "path": "config.db" } },
          "logs_store": { "enabled": false },
          "plugins": [{ "enabled": true, "name": "telemetry" }],
          "mcp": { "client_configs": [] },
          "pricing": {
            "openai/gpt-4o": {
              "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06, "max_output_tokens": 16384,
              "max_input_tokens": 128000, "litellm_provider": "openai", "mode": "chat", "supports_vision": true, "input_cost_per_token_batches": 1.25e-06,
              "input_cost_per_token_above_200k_tokens": 5e-06, "search_context_cost_per_query": { "search_context_size_low": 0.03, "search_context_size_high": 0.05 }
            }
          }
        }
        """;

    private static ServerConfiguration ReadBifrosts() => Read.Good(Bifrosts, ("OPENAI_KEY", "sk-from-environment"), ("TEAM", "blue"), ("VK", Read.Key));

    [Fact]
    public void Takes_the_file_that_deploy_starts_from()
    {
        var deployed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "deploy", "bifrost.json"));
        Assert.Equal("sk-service", Assert.Single(Read.Good(deployed, ("OPENAI_API_KEY", "sk-service")).Catalog.Providers["openai"].Keys).Value);
    }

    [Fact]
    public void Reads_a_providers_keys_and_network_settings()
    {
        var openai = ReadBifrosts().Catalog.Providers["openai"];
        Assert.Equal("https://example.test/v1", openai.BaseUrl.ToString());
        Assert.Equal(("first", "sk-from-environment", 0.7), (openai.Keys[0].Id, openai.Keys[0].Value, openai.Keys[0].Weight));
        Assert.Equal("second-id", openai.Keys[1].Id);
        Assert.True(openai.Keys[0].Models.Contains("gpt-4o"));
        Assert.False(openai.Keys[0].Models.Contains("gpt-3.5"));
        Assert.Equal(new KeyValuePair<string, string>("x-team", "blue"), Assert.Single(openai.ExtraHeaders));
        Assert.Equal((30_000, 20_000, 3, 250, 2_000),
            (openai.FirstByteTimeoutMs, openai.StreamIdleTimeoutMs, openai.RetriesMax, openai.RetryBackoffInitialMs, openai.RetryBackoffMaxMs));
        Assert.Equal((10, 20, true), (openai.Concurrency, openai.QueueMax, openai.RawAllowed));
    }

    [Fact]
    public void Takes_the_address_of_a_self_hosted_provider_from_its_key_and_of_a_custom_one_from_its_network_settings()
    {
        var providers = ReadBifrosts().Catalog.Providers;
        Assert.Equal(new Uri("http://localhost:11434"), providers["ollama"].BaseUrl);
        Assert.Equal(("openai", new Uri("http://mine.test")), (providers["mine"].Dialect, providers["mine"].BaseUrl));
    }

    [Fact]
    public void Hangs_each_budget_on_its_owner_in_whichever_style_it_is_written()
    {
        var catalog = ReadBifrosts().Catalog;
        Assert.Equal("b-customer", Assert.Single(catalog.Customers["c1"].Budgets).Id);
        var team = Assert.Single(catalog.Teams["t1"].Budgets);
        Assert.Equal((100_500_000_000, new WindowPeriod(1, PeriodUnit.Week, CalendarAligned: true)), (team.LimitNanos, team.Period));
        var key = catalog.VirtualKeys["vk1"];
        Assert.Equal("b-key", Assert.Single(key.Budgets).Id);
        Assert.Equal("b-config", Assert.Single(key.Providers[0].Budgets).Id);
        Assert.Equal((60L, 1_000L), (key.RateLimit!.RequestsMax, key.RateLimit.TokensMax));
        Assert.Equal(("openai", "*", "b-provider"), (catalog.GlobalLimits[0].Provider, catalog.GlobalLimits[0].Model, catalog.GlobalLimits[0].Budgets[0].Id));
        Assert.Equal(("openai", "gpt-4o"), (catalog.GlobalLimits[1].Provider, catalog.GlobalLimits[1].Model));
    }

    [Fact]
    public void Keeps_only_the_hash_of_a_virtual_key()
    {
        var secret = Assert.Single(ReadBifrosts().Catalog.VirtualKeys["vk1"].Secrets);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(Read.Key)), secret.Hash.ToArray());
    }

    [Fact]
    public void Reads_a_keys_permissions()
    {
        var key = ReadBifrosts().Catalog.VirtualKeys["vk1"];
        Assert.Equal(("t1", null), (key.TeamId, key.CustomerId));
        Assert.Equal(0.5m, key.Providers[0].Weight);
        Assert.Null(key.Providers[1].Weight);
        Assert.True(key.Providers[0].KeyIds.Contains("second-id"));
        Assert.False(key.Providers[0].KeyIds.Contains("first"));
        Assert.True(key.Providers[1].KeyIds.IsAll);
        Assert.True(key.Providers[1].BlacklistedModels.Contains("bad"));
    }

    [Fact]
    public void Reads_prices_exactly_and_tiers_that_inherit()
    {
        var price = ReadBifrosts().Catalog.Prices["openai/gpt-4o"];
        Assert.Equal((2_500_000_000, 10_000_000_000, 1_250_000_000), (price.InputNanosPerMillion, price.OutputNanosPerMillion, price.CacheReadNanosPerMillion));
        Assert.Equal((16_384, 50_000_000), (price.OutputTokensMax, price.SearchQueryNanos));
        var tier = Assert.Single(price.Tiers);
        Assert.Equal((200_000, 5_000_000_000, 10_000_000_000, 1_250_000_000),
            (tier.AbovePromptTokens, tier.InputNanosPerMillion, tier.OutputNanosPerMillion, tier.CacheReadNanosPerMillion));
    }

    [Fact]
    public void Warns_of_every_setting_without_effect_and_of_nothing_else()
    {
        var warned = ReadBifrosts().Warnings.Select(warning => warning.Split(':')[0]).Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "client.drop_excess_requests", "client.enable_logging", "client.initial_pool_size", "config_store",
                "logs_store", "mcp", "plugins", "providers.openai.keys[0].use_for_batch_api",
            ],
            warned);
    }

    [Fact]
    public void Reads_the_client_section()
    {
        var client = ReadBifrosts().Client;
        Assert.Equal((true, true, 20, 600), (client.EnforceAuthOnInference, client.AllowDirectKeys, client.MaxRequestBodySizeMb, client.AsyncJobResultTtlSeconds));
    }

    [Fact]
    public void Enforces_authentication_unless_told_otherwise()
    {
        Assert.True(Read.Good("""{"providers":{"sim":{}}}""").Client.EnforceAuthOnInference);
        Assert.False(Read.Good("""{"client":{"enforce_auth_on_inference":false},"providers":{"sim":{}}}""").Client.EnforceAuthOnInference);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public void Reads_an_empty_list_as_its_version_says(int version, bool allows)
    {
        var read = Read.Good($$$"""
            {"version":{{{version}}},"providers":{"openai":{"keys":[{"value":"k","models":[]}]}},
             "governance":{"virtual_keys":[{"id":"k","value":"{{{Read.Key}}}","provider_configs":[{"provider":"openai","allowed_models":[]}]}]}}
            """);
        Assert.Equal(allows, read.Catalog.Providers["openai"].Keys[0].Models.Contains("gpt-4o"));
        Assert.Equal(allows, read.Catalog.VirtualKeys["k"].Providers[0].AllowedModels.Contains("gpt-4o"));
    }

    [Fact]
    public void Knows_how_a_provider_bills_by_its_name_and_lets_the_operator_say_more()
    {
        var providers = Read.Good("""
            {"providers":{
              "openai":{"keys":[{"value":"k"}],"service_tier":"flex","on_leave":"close"},
              "groq":{"keys":[{"value":"k"}]},
              "vllm":{},
              "mine":{"keys":[{"value":"k"}],"network_config":{"base_url":"http://mine.test"},"custom_provider_config":{"base_provider_type":"openai"},
                "billing":{"closing":"stops","free_fields":["my_field"],"has_service_tier":true}},
              "yours":{"keys":[{"value":"k"}],"network_config":{"base_url":"http://yours.test"},"custom_provider_config":{"base_provider_type":"openai"}}}}
            """).Catalog.Providers;
        Assert.Equal(("flex", true, true, ClosingRule.Stops), Of("openai"));
        Assert.Equal(("on_demand", false, true, ClosingRule.RunsOn), Of("groq"));
        Assert.Equal(("default", false, false, ClosingRule.Free), Of("vllm"));
        Assert.Equal(("default", false, true, ClosingRule.Stops), Of("mine"));
        Assert.Equal(("default", false, false, ClosingRule.RunsOn), Of("yours"));
        Assert.True(providers["mine"].Billing.FreeFields.IsSupersetOf(["my_field", "top_k"]));
        Assert.Contains("store", providers["openai"].Billing.FreeFields.Items.AsEnumerable());
        foreach (var provider in providers.Values)
            Assert.False(provider.Billing.FreeFields.Overlaps(
                ["web_search_options", "audio", "modalities", "prediction", "models", "route", "plugins", "provider", "prompt_cache_retention", "best_of"]));

        (string, bool, bool, ClosingRule) Of(string name) =>
            (providers[name].ServiceTier, providers[name].ClosesOnLeave, providers[name].Billing.HasServiceTier, providers[name].Billing.Closing);
    }

    [Fact]
    public void Reads_the_rule_of_admission_of_a_budget()
    {
        var budgets = Read.Good("""
            {"providers":{"sim":{}},"governance":{"customers":[{"id":"c","budgets":[
              {"max_limit":1,"reset_duration":"1d"},{"max_limit":1,"reset_duration":"1h","admission":"estimate"},{"max_limit":1,"reset_duration":"1w","admission":"bound"}]}]}}
            """).Catalog.Customers["c"].Budgets;
        Assert.Equal([AdmissionRule.Bound, AdmissionRule.Estimate, AdmissionRule.Bound], budgets.Select(budget => budget.Admission));
    }

    [Fact]
    public void Refuses_models_without_a_price_under_a_budget_unless_told_otherwise() =>
        Assert.Equal(UnpricedRule.RefuseUnderBudget, Read.Good("""{"providers":{"sim":{}}}""").Catalog.Settings.Unpriced);

    [Fact]
    public void Keeps_a_providers_own_name_where_a_key_writes_it_in_another_case()
    {
        var key = Read.Good($$$"""
            {"providers":{"sim":{}},"governance":{"virtual_keys":[{"id":"k","value":"{{{Read.Key}}}","provider_configs":[{"provider":"Sim"}]}]}}
            """).Catalog.VirtualKeys["k"];
        Assert.Equal("sim", Assert.Single(key.Providers).Provider);
    }

    [Fact]
    public void Reads_limits_store_and_cluster()
    {
        var read = Read.Good("""
            {"providers":{"sim":{}}, "limits":{"drain_seconds":5,"buffered_bodies_mb":64,"unpriced":"refuse","clamp":"any","output_tokens_default":100},
             "store":{"type":"postgres","connection_string":"env.DB"}, "cluster":{"cluster_id":"prod","silo_port":11112}}
            """, ("DB", "Host=db"));
        Assert.Equal((5, 64, UnpricedRule.Refuse, ClampRule.Any, 100), (read.Limits.DrainSeconds, read.Limits.BufferedBodiesMb, read.Limits.Unpriced,
            read.Limits.Clamp, read.Limits.OutputTokensDefault));
        Assert.Equal((StoreKind.Postgres, "Host=db"), (read.Store.Kind, read.Store.ConnectionString));
        Assert.Equal(("prod", 11_112), (read.Cluster!.ClusterId, read.Cluster.SiloPort));
    }

    [Fact]
    public void A_cluster_listens_beyond_this_machine_with_certificates_or_by_an_explicit_word()
    {
        Assert.Equal(("127.0.0.1", 0, null), (Cluster("{}").AdvertisedAddress, Cluster("{}").GatewayPort, Cluster("{}").Tls));
        var secured = Cluster("""{"advertised_address":"env.POD_IP","tls":{"certificate":"c.pem","key":"k.pem","authority":"a.pem"}}""");
        Assert.Equal(("10.0.0.5", new ClusterTlsSettings("c.pem", "k.pem", "a.pem")), (secured.AdvertisedAddress, secured.Tls));
        Assert.True(Cluster("""{"advertised_address":"10.0.0.5","insecure":true}""").Insecure);

        static ClusterSettings Cluster(string cluster) => Read.Good(
            $$$"""{"providers":{"sim":{}},"store":{"type":"postgres","connection_string":"Host=db"},"cluster":{{{cluster}}}}""", ("POD_IP", "10.0.0.5")).Cluster!;
    }

    [Fact]
    public void Opens_the_simulator_only_where_sim_has_no_address()
    {
        Assert.True(Read.Good("""{"providers":{"sim":{}}}""").OpenSimulator);
        Assert.False(Read.Good("""{"providers":{"sim":{"network_config":{"base_url":"http://sim.test"}}}}""").OpenSimulator);
    }

    [Fact]
    public void Reads_a_file_with_a_byte_order_mark_comments_and_trailing_commas()
    {
        var read = Read.Good("\uFEFF{ /* why */ \"providers\": { \"sim\": {}, }, }");
        Assert.Contains("sim", read.Catalog.Providers.Keys);
    }
}
