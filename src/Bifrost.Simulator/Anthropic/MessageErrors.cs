using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Error bodies as Anthropic words them.</summary>
internal static class MessageErrors
{
    public static ReadOnlyMemory<byte> Of(int status, string? message, string? code = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, TypeOf(status));
        json.WriteString("message"u8, message ?? MessageOf(status, code));
        if (code == "insufficient_quota")
        {
            json.WriteStartObject("details"u8);
            json.WriteString("error_code"u8, "enforced_spend_limit_reached"u8);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("request_id"u8, "req_simulated"u8);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    private static string MessageOf(int status, string? code) => code switch
    {
        "context_length_exceeded" => "prompt is too long: 208310 tokens > 200000 maximum",
        "insufficient_quota" => "This organization has reached its spend limit.",
        _ => status switch
        {
            401 => "invalid x-api-key",
            429 => "This request would exceed your organization's rate limit.",
            529 => "Overloaded",
            _ => "The request failed.",
        },
    };
}
