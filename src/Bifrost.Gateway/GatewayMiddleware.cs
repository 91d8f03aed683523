using Bifrost.Chat.Errors;
using Bifrost.Gateway.Chat;
using Bifrost.Gateway.Description;
using Bifrost.Gateway.Health;
using Bifrost.Gateway.Jobs;
using Bifrost.Gateway.Models;
using Bifrost.Gateway.Routing;
using Bifrost.Http;
using Bifrost.Http.Auth;
using Bifrost.Http.Bodies;
using Bifrost.Http.Connections;
using Bifrost.Http.Errors;
using Bifrost.Http.Headers;
using Microsoft.Extensions.Logging;

namespace Bifrost.Gateway;

/// <summary>
/// Serves the inference routes as a terminal middleware, without endpoint routing; other paths go on to the next middleware, and a path
/// that no middleware serves is answered with the 404 of contract section 6. Every status has the error object.
/// </summary>
internal sealed class GatewayMiddleware(
    RequestDelegate next,
    ChatEndpoint chat,
    JobEndpoint jobs,
    ModelsEndpoint models,
    HealthEndpoint health,
    DescriptionEndpoint description,
    CrossOrigin origins,
    OriginRule callable,
    Readiness readiness,
    DrainEnd drain,
    HttpMeter meter,
    RequestLog requests,
    RequestTraces traces,
    TimeProvider time,
    ILogger<GatewayMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var begunAt = time.GetTimestamp();
        var requestId = RequestId.Of(context.Request.Headers, time);
        var route = RouteTable.Match(context.Request.Path.Value ?? "");
        var word = RouteTable.WordOf(route, context.Request.Path);
        using var span = IsInference(route.Kind) ? traces.Begin(context, word, requestId) : null;
        using var scope = requests.Begin(requestId);
        meter.Begun();
        context.Response.Headers["x-request-id"] = requestId;

        // Whoever keeps connections is told before a stop closes them under its next call.
        if (readiness.Stops) context.Response.Headers.Connection = "close";
        UnreadBody.Watch(context, time);
        try
        {
            await RouteAsync(context, route, requestId);
        }
        catch (Exception e)
        {
            await EndAsync(context, requestId, e);
        }
        finally
        {
            var took = time.GetElapsedTime(begunAt);
            if (span is not null) RequestTraces.End(span, context.Response.StatusCode);
            meter.Ended(word, context.Request.Method, context.Response.StatusCode, took);
            requests.Ended(context, requestId, word, took);
        }
    }

    private Task RouteAsync(HttpContext context, RouteMatch route, string requestId)
    {
        var refused = RequestSize.Refuse(context.Request);

        // Chats and jobs look at each of their headers later.
        if (route.Kind is not (RouteKind.Chat or RouteKind.AsyncChat)) refused ??= RequestSize.RefuseHeaders(context.Request.Headers);

        // Probes come by addresses, and health is no secret.
        if (!IsProbe(route.Kind)) refused ??= callable.Refuse(context.Request);
        if (refused is null && origins.IsOn && IsInference(route.Kind) && origins.Answer(context, AllowOf(route.Kind))) return Task.CompletedTask;
        if (refused is not null) return ErrorResponse.SendAsync(context, refused);
        if (route.Kind == RouteKind.None) return NextAsync(context);
        if (route.Id is { } id) route = route with { Id = RequestPath.Part(context, route.IdAt, context.Request.Path.Value!.Length - route.IdAt - id.Length) };
        if (!Serves(route.Kind, context.Request.Method)) return RefuseMethodAsync(context, AllowOf(route.Kind));
        return route.Kind switch
        {
            RouteKind.Chat => chat.HandleAsync(context, route, requestId),
            RouteKind.AsyncChat or RouteKind.AsyncJob or RouteKind.AsyncJobs => jobs.ByPathAsync(context, route, requestId),
            RouteKind.Models or RouteKind.Model => models.HandleAsync(context, route),
            RouteKind.Description or RouteKind.Docs or RouteKind.DocsScript => description.HandleAsync(context, route),
            _ => health.HandleAsync(context, route),
        };
    }

    private static bool IsProbe(RouteKind kind) => kind is RouteKind.Health or RouteKind.Startup or RouteKind.Ready;

    private static bool IsInference(RouteKind kind) =>
        kind is not (RouteKind.None or RouteKind.Description or RouteKind.Docs or RouteKind.DocsScript) && !IsProbe(kind);

    private static bool Serves(RouteKind kind, string method) => kind switch
    {
        RouteKind.Chat or RouteKind.AsyncChat => HttpMethods.IsPost(method),
        RouteKind.AsyncJob when HttpMethods.IsDelete(method) => true,
        _ => HttpMethods.IsGet(method) || HttpMethods.IsHead(method),
    };

    private static string AllowOf(RouteKind kind) => kind switch
    {
        RouteKind.Chat or RouteKind.AsyncChat => "POST",
        RouteKind.AsyncJob => "GET, HEAD, DELETE",
        _ => "GET, HEAD",
    };

    private async Task NextAsync(HttpContext context)
    {
        await next(context);
        var response = context.Response;
        if (response.StatusCode != StatusCodes.Status404NotFound || response.HasStarted) return;
        await ErrorResponse.SendAsync(context, new GatewayError
        {
            Status = StatusCodes.Status404NotFound,
            Type = ErrorTypes.NotFound,
            Message = $"There is nothing at {context.Request.Method} {context.Request.Path}.",
        });
    }

    private static Task RefuseMethodAsync(HttpContext context, string allow)
    {
        context.Response.Headers.Allow = allow;
        return ErrorResponse.SendAsync(context, new GatewayError
        {
            Status = StatusCodes.Status405MethodNotAllowed,
            Type = ErrorTypes.MethodNotAllowed,
            Message = $"{context.Request.Method} is not served at {context.Request.Path}; use {allow}.",
        });
    }

    /// <summary>Ends a request that threw: the client left, a stop's drain time is over, its bytes were no HTTP body, or the gateway is at fault.</summary>
    private async Task EndAsync(HttpContext context, string requestId, Exception e)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        if (e is BadHttpRequestException) UnreadBody.IsOver(context);
        var stopped = drain.IsOver && e is OperationCanceledException;
        if (!stopped && e is not BadHttpRequestException) Log.RequestFailed(log, requestId, context.Request.Path.Value ?? "", e);
        var error = stopped ? s_shuttingDown : e is BadHttpRequestException bad ? BadRequest(bad) : s_internal;
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.Headers["x-request-id"] = requestId;
            if (origins.IsOn && IsInference(RouteTable.Match(context.Request.Path.Value ?? "").Kind)) origins.Answer(context, "");
            await ErrorResponse.SendAsync(context, error);
            return;
        }

        // A stream that has begun must not end as if it were whole.
        if (context.Response.ContentType == "text/event-stream") await ErrorResponse.SendEventAsync(context, error);
        else context.Abort();
    }

    private static readonly GatewayError s_internal = new()
    {
        Status = StatusCodes.Status500InternalServerError,
        Type = "internal_error",
        Message = "The gateway failed to answer this request. Its log has the reason under this x-request-id.",
    };

    private static readonly GatewayError s_shuttingDown = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.ShuttingDown,
        Message = "This process stops, and the time that it gives running requests is over. Try again; what was done is booked.",
        RetryAfterMs = 1_000,
    };

    private static GatewayError BadRequest(BadHttpRequestException bad) => new()
    {
        Status = bad.StatusCode,
        Type = bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? ErrorTypes.RequestTooLarge : ErrorTypes.InvalidRequest,
        Message = $"The request could not be read: {bad.Message}",
    };
}
