using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Gemini;

/// <summary>Error bodies as Google's APIs word them.</summary>
internal static class GenerateErrors
{
    public static ReadOnlyMemory<byte> Of(int status, string? message, string? code = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, status);
        json.WriteString("message"u8, message ?? MessageOf(status, code));
        json.WriteString("status"u8, StatusOf(status));
        if (status == 429) WriteLimit(json, code == "insufficient_quota");
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteLimit(Utf8JsonWriter json, bool ofDay)
    {
        json.WriteStartArray("details"u8);
        json.WriteStartObject();
        json.WriteString("@type"u8, "type.googleapis.com/google.rpc.QuotaFailure"u8);
        json.WriteStartArray("violations"u8);
        json.WriteStartObject();
        json.WriteString("quotaId"u8, ofDay ? "GenerateRequestsPerDayPerProjectPerModel" : "GenerateRequestsPerMinutePerProjectPerModel");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("@type"u8, "type.googleapis.com/google.rpc.RetryInfo"u8);
        json.WriteString("retryDelay"u8, "34.4s"u8);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static string StatusOf(int status) => status switch
    {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        >= 500 => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    };

    private static string MessageOf(int status, string? code) => code switch
    {
        "context_length_exceeded" => "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        _ => status switch
        {
            429 => "You exceeded your current quota, please check your plan and billing details.",
            503 => "The model is overloaded. Please try again later.",
            >= 500 => "An internal error has occurred.",
            _ => "Request contains an invalid argument.",
        },
    };
}
