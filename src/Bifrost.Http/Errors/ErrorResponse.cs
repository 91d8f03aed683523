using System.Buffers;
using System.Globalization;
using System.Collections.Immutable;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Http.Errors;

/// <summary>Sends the error object of contract section 6 with its headers.</summary>
public static class ErrorResponse
{
    public static async Task SendAsync(HttpContext context, GatewayError error)
    {
        var response = context.Response;
        var body = new ArrayBufferWriter<byte>(512);
        ErrorWriter.Write(body, Named(context, error));
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        if (error.RetryAfterMs is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (wait + 999) / 1_000).ToString(CultureInfo.InvariantCulture);
        if (error.ShouldRetry is { } retry) response.Headers["x-should-retry"] = retry ? "true" : "false";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    /// <summary>The error by the names that are set (<see cref="RequestOptions.HasOldErrorNames"/>).</summary>
    private static GatewayError Named(HttpContext context, GatewayError error)
    {
        if (context.RequestServices?.GetService<RequestOptions>() is not { HasOldErrorNames: true }) return error;
        return error with { Type = Old(error.Type), Attempts = [.. error.Attempts.Select(attempt => attempt with { Type = Old(attempt.Type) })] };

        static string Old(string type) => type == ErrorTypes.AccessNotFound ? ErrorTypes.AccessNotFoundV1 : type;
    }

    /// <summary>Ends a stream that has begun with an error event and the end mark (contract section 5).</summary>
    public static async Task SendEventAsync(HttpContext context, GatewayError error)
    {
        var json = new ArrayBufferWriter<byte>(512);
        ErrorWriter.Write(json, error);
        var body = new ArrayBufferWriter<byte>(512);
        body.Write("data: {\"choices\":null,"u8);
        body.Write(json.WrittenSpan[1..]);
        body.Write("\n\ndata: [DONE]\n\n"u8);
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
