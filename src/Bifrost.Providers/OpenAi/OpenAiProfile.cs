namespace Bifrost.Providers.OpenAi;

/// <summary>What tells one OpenAI-style provider from the next: a row of data, never code.</summary>
public sealed record OpenAiProfile
{
    public required string Name { get; init; }

    /// <summary>Public address without a trailing slash; null: the configuration must give one.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Path of chat completions below the base URL; a <c>/v1</c> that the base URL already ends with is not repeated.</summary>
    public string ChatPath { get; init; } = "/v1/chat/completions";

    /// <summary>Header that carries the credential.</summary>
    public string AuthHeader { get; init; } = "Authorization";

    /// <summary>What stands before the credential in it.</summary>
    public string AuthPrefix { get; init; } = "Bearer ";

    /// <summary>Whether usage in streams is asked for with <c>stream_options</c>; default of the setting <c>stream_usage</c>.</summary>
    public bool AskStreamUsage { get; init; } = true;

    /// <summary>False for upstreams that usually take no credential; default of <see cref="Bifrost.Catalog.Model.Provider.Keyless"/> is its opposite.</summary>
    public bool NeedsKey { get; init; } = true;

    /// <summary>Where chat completions are, for a configured base URL.</summary>
    public Uri ChatUrl(Uri baseUrl)
    {
        var left = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        const string version = "/v1";
        var repeats = ChatPath.StartsWith(version + "/", StringComparison.Ordinal) && left.EndsWith(version, StringComparison.Ordinal);
        return new Uri((repeats ? left[..^version.Length] : left) + ChatPath + baseUrl.Query);
    }
}
