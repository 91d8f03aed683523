using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>The routes beside the chat: health, models, bill, recorded calls.</summary>
internal static class Pages
{
    private const string Json = "application/json";
    private const string JsonLines = "application/x-ndjson";
    private const int FlushBytes = 64 << 10;

    public static Task HealthAsync(HttpContext context) => SendAsync(context, StatusCodes.Status200OK, """{"status":"ok"}"""u8.ToArray());

    public static Task NotFoundAsync(HttpContext context) =>
        SendAsync(context, StatusCodes.Status404NotFound, ErrorBodies.Of(StatusCodes.Status404NotFound, "unknown_url", "There is no such route.", null));

    /// <summary>One JSON line a call, oldest first; <c>x-bill-dropped</c> counts the lines that are gone.</summary>
    public static async Task BillAsync(HttpContext context, Bill bill)
    {
        context.Response.ContentType = JsonLines;
        context.Response.Headers["x-bill-dropped"] = bill.Dropped.ToString(CultureInfo.InvariantCulture);
        var buffer = new ArrayBufferWriter<byte>(FlushBytes);
        await using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        foreach (var line in bill.Lines)
        {
            BillLineWriter.Write(buffer, json, line);
            if (buffer.WrittenCount < FlushBytes) continue;
            await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
            buffer.ResetWrittenCount();
        }
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    public static async Task ModelsAsync(HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var entry in ModelGuide.Entries) WriteModel(json, entry);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        await SendAsync(context, StatusCodes.Status200OK, buffer.WrittenMemory);
    }

    public static async Task CallsAsync(HttpContext context, RecordedCall[] calls)
    {
        context.Response.ContentType = JsonLines;
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        foreach (var call in calls)
        {
            json.Reset(buffer);
            RecordedCallWriter.Write(json, call);
            buffer.Write("\n"u8);
            await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
            buffer.ResetWrittenCount();
        }
    }

    public static async Task CallAsync(HttpContext context, RecordedCall? call)
    {
        if (call is null)
        {
            await NotFoundAsync(context);
            return;
        }
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        RecordedCallWriter.Write(json, call);
        await SendAsync(context, StatusCodes.Status200OK, buffer.WrittenMemory);
    }

    private static void WriteModel(Utf8JsonWriter json, ModelGuide.Entry entry)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, entry.Example);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, 1_767_225_600);
        json.WriteString("owned_by"u8, "simulator"u8);
        json.WriteString("clause"u8, entry.Clause);
        json.WriteString("description"u8, entry.Description);
        json.WriteEndObject();
    }

    private static async Task SendAsync(HttpContext context, int status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
