using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Bifrost.Gateway;

/// <summary>What logs are told of each request: its id with every line that is written meanwhile, and one line at its end where that is wanted.</summary>
internal sealed class RequestLog(RequestLogOptions options, ILoggerFactory logs)
{
    private static readonly object s_key = new();
    private readonly ILogger _log = logs.CreateLogger("Bifrost.Access");

    /// <summary>The request's id stands with every line until this is disposed; null: lines have no room for it.</summary>
    public IDisposable? Begin(string requestId) =>
        options.HasScopes ? _log.BeginScope(new KeyValuePair<string, object?>[] { new("bifrost.request.id", requestId) }) : null;

    /// <summary>Who calls.</summary>
    public void Caller(HttpContext context, string virtualKeyId)
    {
        if (options.HasLines) context.Items[s_key] = virtualKeyId;
    }

    /// <summary>The line of a request: nothing of its body, its query or its credentials, and no path that a caller made up.</summary>
    public void Ended(HttpContext context, string requestId, string route, TimeSpan took)
    {
        if (!options.HasLines) return;
        var headers = context.Response.Headers;
        Log.Served(
            _log, context.Request.Method, route, context.Response.StatusCode, took.TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture), requestId,
            context.Items.TryGetValue(s_key, out var key) ? key as string : null, headers["x-bifrost-provider"], headers["x-bifrost-resolved-model"]);
    }
}

/// <summary>What logs are told of each request.</summary>
public sealed record RequestLogOptions
{
    /// <summary>One line for each request.</summary>
    public bool HasLines { get; init; }

    /// <summary>Whether lines show the scopes that they are written in.</summary>
    public bool HasScopes { get; init; }
}
