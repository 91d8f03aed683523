using Bifrost.Catalog.Model;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>Which API of OpenAI's a request goes to.</summary>
public class ModelDialectTests
{
    [Theory]
    [InlineData("gpt-4o", "openai", "openai", "openai", "openai")]
    [InlineData("gpt-5-pro-2025-10-06", "responses", "responses", "responses", "responses")]
    [InlineData("gpt-5.4", "openai", "openai", "openai", "responses")]
    [InlineData("gpt-5.4-pro", "responses", "responses", "responses", "responses")]
    [InlineData("GPT-5.6-luna", "openai", "responses", "openai", "responses")]
    [InlineData("gpt-6-sol", "openai", "responses", "openai", "responses")]
    [InlineData("gpt-6-astra", "openai", "responses", "responses", "responses")]
    [InlineData("gpt-6.2-sol", "openai", "responses", "responses", "responses")]
    [InlineData("my-gpt-6.2-sol", "openai", "openai", "openai", "openai")]
    public void Goes_by_the_model_and_what_is_said_of_tools_and_effort(string model, string withoutTools, string unsaid, string none, string some)
    {
        var provider = new Provider { Name = "openai", BaseUrl = new Uri("https://x"), ModelDialects = OpenAiProfiles.Find("openai").ModelDialects };
        Assert.Equal(
            (withoutTools, unsaid, none, some),
            (provider.DialectFor(model, ToolEffort.NoTools), provider.DialectFor(model, ToolEffort.Unsaid), provider.DialectFor(model, ToolEffort.None), provider.DialectFor(model, ToolEffort.Some)));
    }
}
