using System.Diagnostics;
using Bifrost.Calls.Telemetry;

namespace Bifrost.Gateway;

/// <summary>The span of a caller's request. Where nobody listens it costs a look.</summary>
internal sealed class RequestTraces(RequestTraceOptions options)
{
    /// <summary>Begins it; null where the request is not traced.</summary>
    public Activity? Begin(HttpContext context, string route, string requestId)
    {
        if (!CallTraces.IsOn) return null;
        var headers = context.Request.Headers;
        var caller = default(ActivityContext);
        if (options.FollowsCaller && headers.TraceParent.Count == 1
            && !ActivityContext.TryParse(headers.TraceParent.ToString(), headers.TraceState.ToString(), isRemote: true, out caller)) caller = default;
        return CallTraces.Request(context.Request.Method, route, caller)?.SetTag("bifrost.request.id", requestId);
    }

    /// <summary>What was answered.</summary>
    public static void End(Activity span, int status)
    {
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError && span.Status == ActivityStatusCode.Unset) span.SetStatus(ActivityStatusCode.Error);
    }
}

/// <summary>How requests are traced.</summary>
public sealed record RequestTraceOptions
{
    /// <summary>Whether a caller's <c>traceparent</c> is continued.</summary>
    public bool FollowsCaller { get; init; } = true;
}
