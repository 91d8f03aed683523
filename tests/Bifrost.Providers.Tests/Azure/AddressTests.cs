using Bifrost.Providers.Azure;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Azure;

public class AddressTests
{
    [Theory]
    [InlineData("https://r.openai.azure.com", "2024-10-21", "https://r.openai.azure.com/openai/deployments/d-1/chat/completions?api-version=2024-10-21", true)]
    [InlineData("https://r.openai.azure.com/openai", "2025-04-01-preview", "https://r.openai.azure.com/openai/deployments/d-1/chat/completions?api-version=2025-04-01-preview", true)]
    [InlineData("https://r.openai.azure.com", "v1", "https://r.openai.azure.com/openai/v1/chat/completions", false)]
    [InlineData("https://r.openai.azure.com/openai/v1/", "latest", "https://r.openai.azure.com/openai/v1/chat/completions", false)]
    [InlineData("https://r.services.ai.azure.com", "preview", "https://r.services.ai.azure.com/openai/v1/chat/completions?api-version=preview", false)]
    [InlineData("https://r.services.ai.azure.com/models", "2024-05-01-preview", "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview", false)]
    [InlineData("https://r.openai.azure.us", "2024-10-21", "https://r.openai.azure.us/openai/deployments/d-1/chat/completions?api-version=2024-10-21", true)]
    public void Each_form_has_its_own(string endpoint, string version, string expected, bool namesDeployment)
    {
        var resource = Deployed.ResourceAt(new Uri(endpoint), version);
        Assert.Equal(expected, AzureAddress.Of(resource, "d-1", path: null)!.AbsoluteUri);
        Assert.Equal(namesDeployment, AzureAddress.NamesDeployment(resource));
    }

    /// <summary>A model's name comes from the caller: what could leave its place in the path is no deployment.</summary>
    [Theory]
    [InlineData("../../x")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a?api-version=1")]
    [InlineData("a%2Fb")]
    [InlineData("a#b")]
    [InlineData("ä")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("a-name-of-sixty-five-characters-which-is-one-more-than-a-name-has")]
    public async Task Names_that_are_none_do_not_reach_a_path(string name)
    {
        var resource = Deployed.ResourceAt(new Uri("http://127.0.0.1:1"));
        Assert.Null(AzureAddress.Of(resource, name, path: null));
        var failure = await Deployed.FailAsync(resource, Tries.Call(name));
        Assert.Equal((Chat.Errors.FailureKind.ModelNotFound, 404), (failure.Kind, failure.Status));
    }
}
