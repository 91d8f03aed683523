using System.Buffers;
using System.Text.Json;

namespace Bifrost.Http.Errors;

/// <summary>Sends one JSON object.</summary>
public static class JsonResponse
{
    public static async Task SendAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }

    public static Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body)) write(json);
        return SendAsync(context, status, body.WrittenMemory);
    }
}
