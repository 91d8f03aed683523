using Bifrost.Catalog.Model;

namespace Bifrost.Server.Tests.Configuration;

/// <summary><c>azure_key_config</c>, as files of Bifrost's have it.</summary>
public class AzureKeys
{
    [Fact]
    public void Have_their_endpoint_deployments_and_version()
    {
        var provider = Read.Good("""
            {"providers":{"azure":{"keys":[
              {"name":"one","value":"env.K","aliases":{"o3":"my-o3"},"azure_key_config":{"endpoint":"env.E","deployments":{"gpt-4o":"my-4o"},"api_version":"2025-04-01-preview"}},
              {"name":"two","value":"k2","azure_key_config":{"endpoint":"https://two.openai.azure.com","api_version":"v1"}}]}}}
            """, ("K", "k1"), ("E", "https://one.openai.azure.com/")).Catalog.Providers["azure"];
        Assert.Equal(("azure", true, false, true), (provider.Dialect, provider.IsSupported, provider.Billing.LimitIsMaxTokens, provider.AskStreamUsage));
        var one = provider.Keys[0].Azure!;
        Assert.Equal(("https://one.openai.azure.com/", "2025-04-01-preview", true), (one.Endpoint.AbsoluteUri, one.ApiVersion, one.IsDated));
        Assert.Equal(("my-4o", "my-o3", "other"), (one.DeploymentOf("GPT-4o"), one.DeploymentOf("o3"), one.DeploymentOf("other")));
        Assert.Equal(("https://two.openai.azure.com/", false), (provider.Keys[1].Azure!.Endpoint.AbsoluteUri, provider.Keys[1].Azure!.IsDated));
    }

    /// <summary>What older versions do not know is not sent to them.</summary>
    [Theory]
    [InlineData("2024-06-01", "", true, false)]
    [InlineData("2024-10-21", "", true, true)]
    [InlineData("2024-12-01-preview", "", false, true)]
    [InlineData("v1", "", false, true)]
    [InlineData("2024-10-21", ""","billing":{"limit_is_max_tokens":false}""", false, true)]
    [InlineData("2024-06-01", ""","stream_usage":"ask" """, true, true)]
    public void Say_by_their_version_what_is_sent(string version, string more, bool limitIsMaxTokens, bool asks)
    {
        var provider = Read.Good($$$"""
            {"providers":{"azure":{"keys":[{"value":"k","azure_key_config":{"endpoint":"https://r.example","api_version":"{{{version}}}"}}]{{{more}}} } } }
            """).Catalog.Providers["azure"];
        Assert.Equal((limitIsMaxTokens, asks), (provider.Billing.LimitIsMaxTokens, provider.AskStreamUsage));
    }

    [Theory]
    [InlineData("2024-10-21", "", "https://login.microsoftonline.com/t.example/oauth2/v2.0/token", "https://cognitiveservices.azure.com/.default")]
    [InlineData("v1", "", "https://login.microsoftonline.com/t.example/oauth2/v2.0/token", "https://ai.azure.com/.default")]
    [InlineData("v1", ""","authority_host":"https://login.microsoftonline.us/","scopes":["https://a/.default"]""", "https://login.microsoftonline.us/t.example/oauth2/v2.0/token", "https://a/.default")]
    public void May_be_clients_of_Entra_and_have_no_value_then(string version, string more, string url, string scope)
    {
        var client = Read.Good($$$"""
            {"providers":{"azure":{"keys":[{"azure_key_config":{"endpoint":"https://r.example","api_version":"{{{version}}}",
              "tenant_id":"t.example","client_id":"app","client_secret":"env.S"{{{more}}} } }] } } }
            """, ("S", "shh")).Catalog.Providers["azure"].Keys[0].Azure!.Client;
        Assert.Equal(new EntraClient(new Uri(url), "app", "shh", scope), client);
    }

    [Theory]
    [InlineData(""" "azure_key_config":{} """, "endpoint", "is missing")]
    [InlineData(""" "azure_key_config":{"endpoint":"https://r.example?x=1"} """, "endpoint", "absolute address")]
    [InlineData(""" "azure_key_config":{"endpoint":"https://r.example","api_version":"../x"} """, "api_version", "2024-10-21")]
    [InlineData(""" "azure_key_config":{"endpoint":"https://r.example","deployments":{"m":"a/b"}} """, "deployments.m", "letters, digits")]
    [InlineData(""" "azure_key_config":{"endpoint":"https://r.example","tenant_id":"t"} """, "client_secret", "together")]
    [InlineData(""" "azure_key_config":{"endpoint":"https://r.example","tenant_id":"t/../x","client_id":"a","client_secret":"s"} """, "tenant_id", "id or domain")]
    [InlineData(""" "azure_key_config":{"endpoint":"https://r.example","tenant_id":"t","client_id":"a","client_secret":"s","authority_host":"http://r.example"} """, "authority_host", "is not https")]
    [InlineData(""" "weight":1 """, "keys", "without azure_key_config")]
    public void That_are_wrong_stop_the_start(string key, string name, string words) => Assert.Contains(
        Read.Errors($$$"""{"providers":{"azure":{"keys":[{"value":"k",{{{key}}} }] } } }"""),
        error => error.Contains(name, StringComparison.Ordinal) && error.Contains(words, StringComparison.Ordinal));

    /// <summary>A custom provider is billed and spoken to as what it is based on, not as one of which nothing is known.</summary>
    [Theory]
    [InlineData("my-claude", "anthropic", "anthropic", ClosingRule.Stops, "thinking")]
    [InlineData("my-azure", "azure", "azure", ClosingRule.Stops, "store")]
    [InlineData("my-groq", "groq", "openai", ClosingRule.RunsOn, "reasoning_format")]
    [InlineData("my-own", "openai", "openai", ClosingRule.RunsOn, "top_k")]
    public void Of_custom_names_have_the_profile_of_their_base(string name, string based, string dialect, ClosingRule closing, string free)
    {
        var provider = Read.Good($$$"""
            {"providers":{"{{{name}}}":{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x"},"custom_provider_config":{"base_provider_type":"{{{based}}}"} } } }
            """).Catalog.Providers[name];
        Assert.Equal((dialect, closing), (provider.Dialect, provider.Billing.Closing));
        Assert.Contains(free, provider.Billing.FreeFields.AsEnumerable());
    }
}
