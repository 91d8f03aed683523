using Bifrost.Http;

namespace Bifrost.Gateway.Routing;

/// <summary>The paths of contract section 1, matched without endpoint routing, since every call passes here.</summary>
internal static class RouteTable
{
    private const string DeploymentStart = "/openai/openai/deployments/";
    private const string DeploymentEnd = "/chat/completions";
    private const string AsyncChat = "/v1/async/chat/completions";

    /// <summary>What a path asks for. Ids are as the path has them: the web server decodes all but slashes (<see cref="RequestPath"/>).</summary>
    public static RouteMatch Match(string path) => path switch
    {
        "/openai/v1/chat/completions" or "/openai/chat/completions" => new(RouteKind.Chat, true, null),
        "/v1/chat/completions" => new(RouteKind.Chat, false, null),
        "/openai/v1/models" or "/openai/models" => new(RouteKind.Models, true, null),
        "/v1/models" => new(RouteKind.Models, false, null),
        AsyncChat => new(RouteKind.AsyncChat, false, null),
        "/v1/async/jobs" => new(RouteKind.AsyncJobs, false, null),
        "/health" => new(RouteKind.Health, false, null),
        "/health/live" => new(RouteKind.Health, false, null),
        "/health/startup" => new(RouteKind.Startup, false, null),
        "/health/ready" => new(RouteKind.Ready, false, null),
        "/openapi.json" => new(RouteKind.Description, false, null),
        "/docs" => new(RouteKind.Docs, false, null),
        "/docs/scalar.js" => new(RouteKind.DocsScript, false, null),
        _ => MatchWithId(path),
    };

    /// <summary>What a route is called in metrics: one word for all the paths and ids of it.</summary>
    public static string WordOf(RouteMatch route, PathString path) => route.Kind switch
    {
        RouteKind.Chat => "/v1/chat/completions",
        RouteKind.Models or RouteKind.Model => "/v1/models",
        RouteKind.AsyncChat => AsyncChat,
        RouteKind.AsyncJob => "/v1/async/chat/completions/{id}",
        RouteKind.AsyncJobs => "/v1/async/jobs",
        RouteKind.Health or RouteKind.Startup or RouteKind.Ready => "/health",
        RouteKind.Description or RouteKind.Docs or RouteKind.DocsScript => "/docs",
        _ when path.StartsWithSegments("/api", StringComparison.Ordinal) => "/api",
        _ when path.StartsWithSegments("/metrics", StringComparison.Ordinal) => "/metrics",
        _ => "_OTHER",
    };

    private static RouteMatch MatchWithId(string path)
    {
        if (path.StartsWith(DeploymentStart, StringComparison.Ordinal) && path.EndsWith(DeploymentEnd, StringComparison.Ordinal)
            && path.Length > DeploymentStart.Length + DeploymentEnd.Length)
            return new(RouteKind.Chat, true, path[DeploymentStart.Length..^DeploymentEnd.Length], DeploymentStart.Length);
        foreach (var prefix in (ReadOnlySpan<string>)["/openai/v1/models/", "/openai/models/", "/v1/models/"])
        {
            if (path.Length > prefix.Length && path.StartsWith(prefix, StringComparison.Ordinal))
                return new(RouteKind.Model, prefix[1] == 'o', path[prefix.Length..], prefix.Length);
        }

        return path.Length > AsyncChat.Length + 1 && path.StartsWith(AsyncChat, StringComparison.Ordinal) && path[AsyncChat.Length] == '/'
            ? new(RouteKind.AsyncJob, false, path[(AsyncChat.Length + 1)..], AsyncChat.Length + 1)
            : default;
    }
}
