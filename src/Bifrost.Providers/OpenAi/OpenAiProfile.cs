using Bifrost.Catalog.Model;

namespace Bifrost.Providers.OpenAi;

/// <summary>What tells one OpenAI-style provider from the next: a row of data, never code.</summary>
public sealed record OpenAiProfile
{
    private const string Completions = "/chat/completions";

    public required string Name { get; init; }

    /// <summary>Public address without a trailing slash; null: the configuration must give one.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Path of chat completions below the base URL; a version that the base URL already names is not repeated.</summary>
    public string ChatPath { get; init; } = "/v1/chat/completions";

    /// <summary>Header that carries the credential.</summary>
    public string AuthHeader { get; init; } = "Authorization";

    /// <summary>What stands before the credential in it.</summary>
    public string AuthPrefix { get; init; } = "Bearer ";

    /// <summary>Whether usage in streams is asked for with <c>stream_options</c>; default of the setting <c>stream_usage</c>.</summary>
    public bool AskStreamUsage { get; init; } = true;

    /// <summary>False for upstreams that usually take no credential; default of <see cref="Bifrost.Catalog.Model.Provider.Keyless"/> is its opposite.</summary>
    public bool NeedsKey { get; init; } = true;

    /// <summary>Models that do not take all chat completions, and the dialect that they are spoken to in.</summary>
    public ImmutableArray<ModelDialect> ModelDialects { get; init; } = [];

    /// <summary>What it takes otherwise of a request; null: nothing.</summary>
    public RequestRules? Request { get; init; }

    /// <summary>What it says otherwise in its answers; null: nothing.</summary>
    public AnswerRules? Answer { get; init; }

    /// <summary>Where chat completions are.</summary>
    /// <param name="baseUrl">
    /// The configured address. One that names a version already gets no second one, one that is the whole address stays as it is.
    /// </param>
    /// <param name="path">A configured path below it, or a whole address, in place of the usual path; null: none.</param>
    public Uri ChatUrl(Uri baseUrl, string? path = null)
    {
        var left = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (path is not null) return path.StartsWith('/') ? new Uri(left + path + baseUrl.Query) : new Uri(path);
        if (left.EndsWith(Completions, StringComparison.OrdinalIgnoreCase)) return new Uri(left + baseUrl.Query);
        return new Uri(left + (HasVersion(baseUrl.AbsolutePath) ? Completions : ChatPath) + baseUrl.Query);
    }

    /// <summary>
    /// Whether a path ends in a version (<c>/v1</c>, <c>/api/paas/v4</c>), or in the name that providers with other APIs give OpenAI's, with a version
    /// before it (<c>/v1beta/openai</c>).
    /// </summary>
    private static bool HasVersion(ReadOnlySpan<char> path)
    {
        path = path.Trim('/');
        var last = path[(path.LastIndexOf('/') + 1)..];
        if (IsVersion(last)) return true;
        if (last is not ("openai" or "openapi" or "compat" or "compatible" or "compatibility")) return false;
        foreach (var segment in path.Split('/'))
            if (IsVersion(path[segment])) return true;
        return false;
    }

    private static bool IsVersion(ReadOnlySpan<char> segment) => segment.Length >= 2 && segment[0] is 'v' or 'V' && char.IsAsciiDigit(segment[1]);
}
