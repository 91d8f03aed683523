using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Http;

/// <summary>Error objects as the OpenAI service words them, and the pages of a proxy in front of it.</summary>
internal static class ErrorBodies
{
    public static ReadOnlySpan<byte> Html => "<html><head><title>Simulated proxy</title></head><body><h1>It is not JSON</h1></body></html>"u8;

    /// <summary>An error where an answer or a chunk of it should be.</summary>
    /// <param name="charged">The answer whose usage the error states; null: none.</param>
    /// <param name="completion">Completion tokens so far.</param>
    public static ReadOnlyMemory<byte> Within(Answer? charged, int completion) =>
        Write("The server had an error while answering.", "server_error", null, "internal_error", charged, completion);

    /// <param name="charged">The answer whose usage the error states; null: none.</param>
    public static ReadOnlyMemory<byte> Of(int status, string? code, string? message, string? param, Answer? charged = null)
    {
        var (type, usualCode) = KindOf(status);
        return Write(
            message ?? MessageOf(status, code),
            code == "insufficient_quota" ? code : type,
            param ?? (code == "context_length_exceeded" ? "messages" : null),
            code ?? usualCode,
            charged,
            charged?.Usage.Completion ?? 0);
    }

    private static ReadOnlyMemory<byte> Write(string message, string type, string? param, string? code, Answer? charged, int completion)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, message);
        json.WriteString("type"u8, type);
        json.WriteString("param"u8, param);
        json.WriteString("code"u8, code);
        json.WriteEndObject();
        if (charged is not null) UsageWriter.Write(json, charged, completion);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static (string Type, string? Code) KindOf(int status) => status switch
    {
        401 => ("invalid_request_error", "invalid_api_key"),
        403 => ("permission_error", "access_denied"),
        404 => ("invalid_request_error", "model_not_found"),
        429 => ("requests", "rate_limit_exceeded"),
        >= 500 => ("server_error", null),
        _ => ("invalid_request_error", null),
    };

    private static string MessageOf(int status, string? code) => code switch
    {
        "context_length_exceeded" => "This model's maximum context length is 128 tokens. Please reduce the length of the messages.",
        "content_filter" => "The prompt was stopped by the content filter.",
        "insufficient_quota" => "You exceeded your current quota, please check your plan and billing details.",
        _ => status switch
        {
            401 => "Incorrect API key provided.",
            403 => "You are not allowed to use this model.",
            404 => "The model does not exist or you do not have access to it.",
            408 => "The request took too long to arrive.",
            429 => "Rate limit reached for requests.",
            503 => "The engine is currently overloaded, please try again later.",
            >= 500 => "The server had an error while processing your request.",
            _ => "The request is not acceptable.",
        },
    };
}
