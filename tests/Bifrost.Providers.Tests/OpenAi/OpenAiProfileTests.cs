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
    public void Finds_chat_completions_below_the_base_url(string provider, string baseUrl, string expected) =>
        Assert.Equal(expected, OpenAiProfiles.Find(provider).ChatUrl(new Uri(baseUrl)).AbsoluteUri);

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
