using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Tests.OpenAi;

public class OpenAiProfileTests
{
    [Theory]
    [InlineData("openai", "https://api.openai.com", "https://api.openai.com/v1/chat/completions")]
    [InlineData("openai", "https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions")]
    [InlineData("openai", "https://api.openai.com/v1/", "https://api.openai.com/v1/chat/completions")]
    [InlineData("groq", "https://api.groq.com/openai", "https://api.groq.com/openai/v1/chat/completions")]
    [InlineData("perplexity", "https://api.perplexity.ai", "https://api.perplexity.ai/chat/completions")]
    [InlineData("my-own", "http://127.0.0.1:8080/llm/v1", "http://127.0.0.1:8080/llm/v1/chat/completions")]
    [InlineData("my-own", "http://127.0.0.1:8080/x?tenant=a", "http://127.0.0.1:8080/x/v1/chat/completions?tenant=a")]
    [InlineData("my-own", "https://ark.example/api/v3", "https://ark.example/api/v3/chat/completions")]
    [InlineData("my-own", "https://glm.example/api/paas/v4/", "https://glm.example/api/paas/v4/chat/completions")]
    [InlineData("my-own", "https://gemini.example/v1beta/openai", "https://gemini.example/v1beta/openai/chat/completions")]
    [InlineData("my-own", "https://cloud.example/v1/account/gateway/compat", "https://cloud.example/v1/account/gateway/compat/chat/completions")]
    [InlineData("my-own", "https://cloud.example/client/v4/accounts/a/ai", "https://cloud.example/client/v4/accounts/a/ai/v1/chat/completions")]
    [InlineData("my-own", "https://host.example/vision", "https://host.example/vision/v1/chat/completions")]
    [InlineData("my-own", "https://host.example/openai", "https://host.example/openai/v1/chat/completions")]
    [InlineData("my-own", "https://host.example/v1/chat/completions", "https://host.example/v1/chat/completions")]
    [InlineData("my-own", "https://host.example/chat/completions/", "https://host.example/chat/completions")]
    [InlineData("deepinfra", "https://api.deepinfra.com/v1/openai", "https://api.deepinfra.com/v1/openai/chat/completions")]
    [InlineData("perplexity", "https://api.perplexity.ai/v1", "https://api.perplexity.ai/v1/chat/completions")]
    public void Finds_chat_completions_below_the_base_url(string provider, string baseUrl, string expected) =>
        Assert.Equal(expected, OpenAiProfiles.Find(provider).ChatUrl(new Uri(baseUrl)).AbsoluteUri);

    [Theory]
    [InlineData("https://host.example/api", "/v2/talk", "https://host.example/api/v2/talk")]
    [InlineData("https://host.example/v1", "/talk", "https://host.example/v1/talk")]
    [InlineData("https://host.example", "https://other.example/v9/chat", "https://other.example/v9/chat")]
    public void Takes_a_configured_path_in_place_of_the_usual_one(string baseUrl, string path, string expected) =>
        Assert.Equal(expected, OpenAiProfiles.Custom.ChatUrl(new Uri(baseUrl), path).AbsoluteUri);

    [Fact]
    public void Gives_every_well_known_provider_an_absolute_address()
    {
        foreach (var profile in OpenAiProfiles.All.Values)
        {
            Assert.True(Uri.TryCreate(profile.BaseUrl, UriKind.Absolute, out var url), profile.Name);
            Assert.True(url.Scheme == Uri.UriSchemeHttps || url.IsLoopback, profile.Name);
        }
    }
}
