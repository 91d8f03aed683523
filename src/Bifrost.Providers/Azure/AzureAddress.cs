using System.Buffers;
using Bifrost.Catalog.Model;

namespace Bifrost.Providers.Azure;

/// <summary>Where the chat completions of a resource are.</summary>
internal static class AzureAddress
{
    private const int DeploymentCharsMax = 64;

    /// <summary>What names of deployments are made of; nothing else reaches a path.</summary>
    private static readonly SearchValues<char> s_deployment =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Whether the path names the deployment; else the body does, as its model.</summary>
    public static bool NamesDeployment(AzureResource resource) => resource.IsDated && !IsModels(Left(resource));

    /// <summary>Null where the deployment's name cannot be in a path.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="deployment">Name of the deployment.</param>
    /// <param name="path">A configured path below the endpoint, or a whole address, in place of the usual one.</param>
    public static Uri? Of(AzureResource resource, string deployment, string? path)
    {
        var left = Left(resource);
        if (path is not null) return path.StartsWith('/') ? new Uri(left + path) : new Uri(path);
        var version = $"?api-version={resource.ApiVersion}";
        if (IsModels(left)) return new Uri($"{left}/chat/completions{version}");
        if (!resource.IsDated)
        {
            const string V1 = "/openai/v1";
            if (!left.EndsWith(V1, StringComparison.OrdinalIgnoreCase)) left += V1;
            return new Uri($"{left}/chat/completions{(resource.ApiVersion == "preview" ? version : "")}");
        }

        if (!IsName(deployment)) return null;
        const string Dated = "/openai";
        if (!left.EndsWith(Dated, StringComparison.OrdinalIgnoreCase)) left += Dated;
        return new Uri($"{left}/deployments/{deployment}/chat/completions{version}");
    }

    private static bool IsName(string deployment) =>
        deployment.Length is > 0 and <= DeploymentCharsMax && !deployment.AsSpan().ContainsAnyExcept(s_deployment) && deployment is not ("." or "..");

    /// <summary>Whether the endpoint is that of Foundry's models, whose bodies name the model.</summary>
    private static bool IsModels(string left) => left.EndsWith("/models", StringComparison.OrdinalIgnoreCase);

    private static string Left(AzureResource resource) => resource.Endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/');
}
