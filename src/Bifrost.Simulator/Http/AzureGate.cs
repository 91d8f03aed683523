using System.Text;

namespace Bifrost.Simulator.Http;

/// <summary>
/// The paths of an Azure resource before the chat handler: dated ones name the deployment, whose name is the script's; those of v1 leave it to the
/// body. Refuses what a resource refuses: no key, no version, a version that is none, another path.
/// </summary>
internal static class AzureGate
{
    private const string Root = "/openai/";
    private const string Deployments = Root + "deployments/";
    private const string Chat = "/chat/completions";

    public static bool IsOf(string path) => path.StartsWith(Root, StringComparison.Ordinal);

    public static Task HandleAsync(HttpContext context, ChatHandler chat)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        var hasKey = request.Headers["api-key"] is [{ Length: > 0 }];
        var hasToken = request.Headers.Authorization is [{ } token] && token.StartsWith("Bearer ", StringComparison.Ordinal);
        if (hasKey == hasToken) return RefuseAsync(context, 401, "401", "Access denied due to invalid subscription key or wrong API endpoint.");
        var version = request.Query["api-version"].ToString();
        if (path == Root + "v1" + Chat)
            return version is "" or "v1" or "preview" ? chat.HandleAsync(context) : RefuseAsync(context, 400, "BadRequest", "API version not supported");
        if (!path.StartsWith(Deployments, StringComparison.Ordinal) || !path.EndsWith(Chat, StringComparison.Ordinal) || !IsDate(version))
            return RefuseAsync(context, 404, "404", "Resource not found");
        var deployment = path[Deployments.Length..^Chat.Length];
        return deployment.Length == 0 || deployment.Contains('/', StringComparison.Ordinal)
            ? RefuseAsync(context, 404, "404", "Resource not found")
            : chat.HandleAsync(context, deployment);
    }

    private static bool IsDate(string version) => version.Length >= 10 && DateOnly.TryParseExact(version[..10], "yyyy-MM-dd", out _);

    private static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var body = Encoding.UTF8.GetBytes($$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}"}}""");
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
