using System.Buffers;
using System.Text.Json;

namespace Bifrost.Simulator.Billing;

/// <summary>Writes bill lines as JSON lines, in memory and in the file alike.</summary>
internal static class BillLineWriter
{
    private static readonly string[] s_outcomes = ["running", "completed", "refused", "faulted", "aborted"];
    private static readonly string[] s_reaches = ["received", "headers", "chunks", "end"];

    public static void Write(IBufferWriter<byte> to, Utf8JsonWriter json, BillLine line)
    {
        json.Reset(to);
        json.WriteStartObject();
        json.WriteNumber("number"u8, line.Number);
        json.WriteString("at"u8, line.At);
        json.WriteString("request_id"u8, line.RequestId);
        json.WriteString("model"u8, line.Model);
        json.WriteBoolean("stream"u8, line.Stream);
        json.WriteNumber("prompt_tokens"u8, line.PromptTokens);
        json.WriteNumber("completion_tokens"u8, line.CompletionTokens);
        json.WriteNumber("total_tokens"u8, (long)line.PromptTokens + line.CompletionTokens);
        json.WriteNumber("cached_tokens"u8, line.CachedTokens);
        json.WriteNumber("reasoning_tokens"u8, line.ReasoningTokens);
        json.WriteBoolean("usage_sent"u8, line.UsageSent);
        json.WriteNumber("chunks"u8, line.Chunks);
        json.WriteNumber("status"u8, line.Status);
        json.WriteString("reach"u8, s_reaches[(int)line.Reach]);
        json.WriteString("outcome"u8, s_outcomes[(int)line.Outcome]);
        json.WriteEndObject();
        json.Flush();
        to.Write("\n"u8);
    }
}
