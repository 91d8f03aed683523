using Bifrost.Catalog.Model;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Tests.Configuration;

/// <summary>Files of Bifrost's with providers that are not spoken to here: they start, and say so.</summary>
public class OtherDialects
{
    [Theory]
    [InlineData("bedrock", """{"keys":[{"bedrock_key_config":{"access_key":"env.A","secret_key":"env.S","region":"us-east-1"}}],"network_config":{"anything":1}}""")]
    [InlineData("cohere", """{"keys":[{"value":"k"}]}""")]
    [InlineData("replicate", """{"keys":[{"value":"k"}]}""")]
    [InlineData("my-cohere", """{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x"},"custom_provider_config":{"base_provider_type":"cohere"}}""")]
    public void Are_disabled_with_a_warning_that_names_them(string name, string provider)
    {
        var read = Read.Good($$$"""
            {"providers":{"sim":{},"{{{name}}}":{{{provider}}} },
             "governance":{"virtual_keys":[{"id":"k","value":"sk-bf-0123456789abcdef","provider_configs":[{"provider":"{{{name}}}","allowed_models":["*"]}]}]}}
            """);
        Assert.False(read.Catalog.Providers[name].IsSupported);
        Assert.True(read.Catalog.Providers["sim"].IsSupported);
        Assert.Contains(read.Warnings, warning => warning.StartsWith($"providers.{name}: ", StringComparison.Ordinal) && warning.Contains("provider_not_supported", StringComparison.Ordinal));
    }

    /// <summary>Names of the OpenAI-style family.</summary>
    [Theory]
    [InlineData("mistral")]
    [InlineData("groq")]
    [InlineData("xai")]
    [InlineData("deepseek")]
    [InlineData("together")]
    [InlineData("fireworks")]
    [InlineData("openrouter")]
    [InlineData("cerebras")]
    [InlineData("nebius")]
    [InlineData("ollama")]
    [InlineData("vllm")]
    [InlineData("sgl")]
    [InlineData("perplexity")]
    public void That_are_OpenAIs_are_spoken(string name) =>
        Assert.True(Read.Good($$$"""{"providers":{"{{{name}}}":{"keys":[{"value":"k"}] } } }""").Catalog.Providers[name].IsSupported);

    [Theory]
    [InlineData("anthropic", """{"keys":[{"name":"a","value":"k","models":["*"],"weight":1}],"prompt_cache":{"auto_inject":true},"drop_unsupported":true}""", "https://api.anthropic.com/", true)]
    [InlineData("my-claude", """{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x"},"custom_provider_config":{"base_provider_type":"anthropic"}}""", "http://x/", false)]
    [InlineData("gemini", """{"keys":[{"value":"k"}]}""", "https://generativelanguage.googleapis.com/", false, "gemini")]
    [InlineData("my-gemini", """{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x"},"custom_provider_config":{"base_provider_type":"gemini"},"drop_unsupported":true}""", "http://x/", true, "gemini")]
    public void Those_that_are_written_anew_are_spoken(string name, string provider, string address, bool drops, string dialect = "anthropic")
    {
        var read = Read.Good($$$"""{"providers":{"{{{name}}}":{{{provider}}} } }""").Catalog.Providers[name];
        Assert.Equal((dialect, address, true, drops), (read.Dialect, read.BaseUrl.AbsoluteUri, read.IsSupported, read.DropsUnsupported));
    }

    [Fact]
    public void Keys_of_Googles_cloud_name_their_place()
    {
        var read = Read.Good("""
            {"providers":{"vertex":{"keys":[{"name":"a","vertex_key_config":{"project_id":"p-1","project_number":"7","region":"eu","auth_credentials":"{\"type\":\"service_account\"}","token_url":"http://tokens/t"}},
                                            {"name":"b","vertex_key_config":{"project_number":"7"}},{"name":"c","value":"express","vertex_key_config":{}}]}}}
            """).Catalog.Providers["vertex"];
        Assert.Equal(("vertex", "https://aiplatform.googleapis.com/", true), (read.Dialect, read.BaseUrl.AbsoluteUri, read.IsSupported));
        Assert.Equal([new VertexPlace("p-1", "eu", new Uri("http://tokens/t")), new VertexPlace("7", "global", null), new VertexPlace("", "global", null)], read.Keys.Select(key => key.Vertex));
        Assert.Equal(["""{"type":"service_account"}""", "", "express"], read.Keys.Select(key => key.Value));
    }

    [Theory]
    [InlineData("a/../b", "eu", "project_id")]
    [InlineData("p", "evil.example/x", "region")]
    [InlineData("p", ".evil", "region")]
    [InlineData("", "eu", "project_id")]
    public void Places_that_are_none_or_would_change_an_address_stop_the_start(string project, string region, string wrong)
    {
        var key = $$"""{"project_id":"{{project}}","region":"{{region}}"}""";
        Assert.Contains(
            Read.Errors("{\"providers\":{\"vertex\":{\"keys\":[{\"vertex_key_config\":" + key + "}]}}}"),
            error => error.Contains($"vertex_key_config.{wrong}", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_that_governance_refers_to_are_known()
    {
        var read = Read.Good("""
            {"providers":{"cohere":{"keys":[{"name":"first","value":"env.NOT_SET"}]}},
             "governance":{"virtual_keys":[{"id":"k","value":"sk-bf-0123456789abcdef","provider_configs":[{"provider":"cohere","key_ids":["first"]}]}]}}
            """);
        Assert.Equal("first", Assert.Single(read.Catalog.Providers["cohere"].Keys).Id);
    }

    [Fact]
    public void Wire_settings_of_a_custom_provider_are_read()
    {
        var provider = Read.Good("""
            {"providers":{"mine":{"keys":[{"value":"k"}],"network_config":{"base_url":"http://x/v3","first_token_timeout_in_seconds":7},
             "custom_provider_config":{"base_provider_type":"openai","does_not_send_done_marker":true,
                                       "request_path_overrides":{"chat_completion":"/talk","chat_completion_stream":"http://y/stream","embedding":"/e"}}}}}
            """).Catalog.Providers["mine"];
        Assert.Equal(("/talk", "http://y/stream", true, 7_000), (provider.ChatPath, provider.StreamPath, provider.EndsWithoutMark, provider.FirstTokenTimeoutMs));
    }

    [Fact]
    public void Wire_settings_of_clients_are_read()
    {
        var client = Read.Good("""{"providers":{"sim":{}},"client":{"allowed_origins":["https://a.example/","https://*.b.example"],"error_names":"v1","strict_enums":true}}""").Client;
        Assert.Equal(["https://a.example", "https://*.b.example"], client.AllowedOrigins);
        Assert.Equal((true, true), (client.HasOldErrorNames, client.StrictEnums));
    }
}
