using System.Buffers;
using System.Text.Json;

namespace Bifrost.Http.Errors;

/// <summary>Sends one JSON object.</summary>
public static class JsonResponse
{
    private static readonly ReadOnlyMemory<byte> s_end = "}"u8.ToArray();

    public static async Task SendAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await Pieces.SendAsync(response, json, context.RequestAborted);
    }

    /// <summary>Sends an object whose last member is large, without a copy of that.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="before">Writes the object up to the name of its last member.</param>
    /// <param name="last">The member's value: JSON.</param>
    public static async Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> before, ReadOnlyMemory<byte> last)
    {
        var response = context.Response;
        var head = new ArrayBufferWriter<byte>(1_024);
        await using (var json = new Utf8JsonWriter(head, new JsonWriterOptions { SkipValidation = true }))
        {
            before(json);
            await json.FlushAsync();
            response.StatusCode = status;
            response.ContentType = "application/json";
            response.ContentLength = head.WrittenCount + last.Length + 1L;
        }

        if (HttpMethods.IsHead(context.Request.Method)) return;
        await Pieces.SendAsync(response, head.WrittenMemory, context.RequestAborted);
        await Pieces.SendAsync(response, last, context.RequestAborted);
        await response.BodyWriter.WriteAsync(s_end, context.RequestAborted);
    }

    public static Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body)) write(json);
        return SendAsync(context, status, body.WrittenMemory);
    }
}
