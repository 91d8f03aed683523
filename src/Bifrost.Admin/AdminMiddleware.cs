using System.Buffers;
using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Admin.Operations;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Http;
using Bifrost.Http.Addresses;
using Bifrost.Http.Auth;
using Bifrost.Http.Bodies;
using Bifrost.Http.Errors;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin;

/// <summary>
/// Serves <c>/api/*</c> and <c>/metrics</c> (contract section 9): who may, which route, the body, the answer. Paths that it does not know go on. A store
/// that is away is a 503; nothing is ever half done.
/// </summary>
internal sealed class AdminMiddleware(
    RequestDelegate next, AdminRouter router, AdminAuthenticator admins, AdminOptions options, ClientAddresses addresses, LimitWatch watch,
    BadCredentials bad, DrainEnd drain, TimeProvider time)
{
    /// <summary>A room of its own: callers cannot fill it.</summary>
    private readonly BodyReader _bodies = new(
        new BodyLimits { BodyBytesMax = options.BodyBytesMax, BufferedBytesMax = options.BufferedBytesMax }, addresses, watch, time);

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 32 };
    private static readonly AdminCaller s_key = new("", Bifrost.Catalog.Model.AdminRole.Viewer);

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return path.StartsWith("/api/", StringComparison.Ordinal) || path == MetricsRoutes.Path ? ServeAsync(context) : next(context);
    }

    private async Task ServeAsync(HttpContext context)
    {
        var method = HttpMethods.IsHead(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
        var route = router.Find(method, RequestPath.Segments(context), out var id, out var allow);
        if (route is null && allow.Length == 0)
        {
            await next(context);
            return;
        }

        var caller = s_key;
        if (route is not { ForKeys: true })
        {
            // Authentication comes before routing, so that a caller without a token cannot find out which routes exist.
            var refusal = admins.Identify(context.Request.Headers, out var found);
            if (refusal is not null)
            {
                if (refusal.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
                await RefuseAsync(context, await JudgeAsync(context, refusal));
                return;
            }

            caller = found!;
        }

        if (route is null)
        {
            context.Response.Headers.Allow = allow;
            await RefuseAsync(context, NotAllowed(context, allow));
            return;
        }

        if (caller.Role != Bifrost.Catalog.Model.AdminRole.Admin && route.Method != "GET")
        {
            await RefuseAsync(context, s_viewer);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        await RunAsync(context, route, id, caller);
    }

    private async Task RunAsync(HttpContext context, AdminRoute route, string id, AdminCaller caller)
    {
        JsonDocument? body = null;
        try
        {
            if (route.Method != "GET")
            {
                var (read, error) = await ReadAsync(context, caller);
                body = read;
                if (error is not null)
                {
                    await RefuseAsync(context, error);
                    return;
                }
            }

            var call = new AdminCall(context, id, caller, body?.RootElement, options, time);
            var answer = await route.Handle(call);
            await SendAsync(context, answer);
        }
        catch (StoreUnavailableException e)
        {
            await RefuseAsync(context, Unavailable(route, e));
        }
        finally
        {
            body?.Dispose();
        }
    }

    private async Task<(JsonDocument? Body, GatewayError? Error)> ReadAsync(HttpContext context, AdminCaller caller)
    {
        using var limit = drain.Limit(context.RequestAborted);
        var (read, error) = await _bodies.ReadAsync(context, new Caller { VirtualKeyId = caller.TokenId }, limit.Token);
        if (read is null) return (null, error);
        using (read)
        {
            var bytes = read.Bytes;
            if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            if (bytes.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0) return (null, null);
            try
            {
                // The document outlives the rented bytes.
                var document = JsonDocument.Parse(bytes.ToArray(), s_json);
                if (document.RootElement.ValueKind == JsonValueKind.Object) return (document, null);
                document.Dispose();
                return (null, GatewayErrors.BadBody("The body is no JSON object; send {…}."));
            }
            catch (JsonException e)
            {
                return (null, GatewayErrors.BadBody($"The body is not JSON: {e.Message}"));
            }
        }
    }

    /// <summary>A store that is away, or no token at all, is nobody's guess.</summary>
    private ValueTask<GatewayError> JudgeAsync(HttpContext context, GatewayError refusal) =>
        refusal.Status == StatusCodes.Status503ServiceUnavailable || context.Request.Headers.Authorization.Count == 0
            ? ValueTask.FromResult(refusal)
            : new ValueTask<GatewayError>(bad.JudgeAdminAsync(context, refusal));

    private static async Task SendAsync(HttpContext context, AdminAnswer answer)
    {
        if (answer.Error is { } error)
        {
            await RefuseAsync(context, error);
            return;
        }

        if (answer.Send is { } send)
        {
            await send(context);
            return;
        }

        var body = answer.Write is { } write ? JsonOf(write) : default;
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    private static ReadOnlyMemory<byte> JsonOf(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body)) write(json);
        return body.WrittenMemory;
    }

    private static Task RefuseAsync(HttpContext context, GatewayError error) =>
        ErrorResponse.SendAsync(context, error with { RequestType = RequestTypes.Unknown });

    private static GatewayError NotAllowed(HttpContext context, string allow) => new()
    {
        Status = StatusCodes.Status405MethodNotAllowed,
        Type = ErrorTypes.MethodNotAllowed,
        Message = $"{context.Request.Method} is not served at {context.Request.Path}; use {allow}.",
    };

    private static GatewayError Unavailable(AdminRoute route, StoreUnavailableException e) => new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.LedgerUnavailable,
        Message = route.Method == "GET"
            ? $"The store did not answer: {e.Message}"
            : $"The store did not answer, so it is not known whether the change was made; read it again, or repeat the call: {e.Message}",
        RetryAfterMs = 1_000,
    };

    private static readonly GatewayError s_viewer = new()
    {
        Status = StatusCodes.Status403Forbidden,
        Type = ErrorTypes.AccessBlocked,
        Message = "This token has the role viewer, which reads only. Changes need a token of the role admin.",
    };
}
