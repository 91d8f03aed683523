using System.Buffers;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Errors;

/// <summary>Writes the error object of contract section 6: one line of JSON that OpenAI's SDKs and Bifrost's clients both read.</summary>
public static class ErrorWriter
{
    public static void Write(IBufferWriter<byte> to, GatewayError error)
    {
        var sink = new JsonSink(to);
        sink.Raw("{\"type\":"u8);
        sink.Quoted(error.Type);
        sink.Raw(",\"is_bifrost_error\":"u8);
        sink.Raw(error.IsBifrostError ? "true"u8 : "false"u8);
        sink.Raw(",\"status_code\":"u8);
        sink.Number(error.Status);
        sink.Raw(",\"error\":{\"message\":"u8);
        sink.Quoted(error.Message);
        sink.Raw(",\"type\":"u8);
        sink.Quoted(error.Type);
        sink.Raw(",\"param\":"u8);
        sink.QuotedOrNull(error.Param);
        sink.Raw(",\"code\":"u8);
        sink.QuotedOrNull(error.Code);
        sink.Raw("},\"extra_fields\":{"u8);
        WriteExtra(ref sink, error);
        sink.Raw("}}"u8);
        sink.Flush();
    }

    private static void WriteExtra(ref JsonSink sink, GatewayError error)
    {
        sink.Raw("\"request_type\":"u8);
        sink.Quoted(error.RequestType);
        if (error.Provider is { } provider)
        {
            sink.Raw(",\"provider\":"u8);
            sink.Quoted(provider);
        }

        if (error.Model is { } model)
        {
            sink.Raw(",\"model_requested\":"u8);
            sink.Quoted(model);
        }

        if (error.Attempts.IsDefaultOrEmpty) return;
        sink.Raw(",\"attempts\":["u8);
        for (var i = 0; i < error.Attempts.Length; i++) WriteAttempt(ref sink, error.Attempts[i], i == 0);
        sink.Byte((byte)']');
    }

    private static void WriteAttempt(ref JsonSink sink, AttemptReport attempt, bool isFirst)
    {
        sink.Raw(isFirst ? "{\"provider\":"u8 : ",{\"provider\":"u8);
        sink.Quoted(attempt.Provider);
        sink.Raw(",\"model\":"u8);
        sink.Quoted(attempt.Model);
        sink.Raw(",\"status\":"u8);
        sink.Number(attempt.Status);
        sink.Raw(",\"type\":"u8);
        sink.Quoted(attempt.Type);
        sink.Raw(",\"latency\":"u8);
        sink.Number(attempt.LatencyMs);
        sink.Byte((byte)'}');
    }
}
