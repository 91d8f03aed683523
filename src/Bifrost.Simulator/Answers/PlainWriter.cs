using System.Text.Json;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>Writes an answer as one <c>chat.completion</c>.</summary>
internal static class PlainWriter
{
    public static void Write(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, "chatcmpl-" + answer.IdStem);
        json.WriteString("object"u8, "chat.completion"u8);
        json.WriteNumber("created"u8, answer.Created);
        json.WriteString("model"u8, answer.Script.Name);
        json.WriteStartArray("choices"u8);
        for (var choice = 0; choice < answer.Request.Choices; choice++) WriteChoice(json, answer, choice);
        json.WriteEndArray();
        if (answer.Script.Usage != UsageStyle.Never) UsageWriter.Write(json, answer, answer.Usage.Completion);
        json.WriteString("service_tier"u8, "default"u8);
        json.WriteString("system_fingerprint"u8, "fp_simulator"u8);
        RichFields.WriteTop(json, answer);
        json.WriteEndObject();
        json.Flush();
    }

    private static void WriteChoice(Utf8JsonWriter json, Answer answer, int choice)
    {
        var isToolCall = answer.ToolCalls.Count > 0;
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (isToolCall || answer.Script.Refusal) json.WriteNull("content"u8);
        else json.WriteString("content"u8, answer.Text.Utf8);
        if (answer.Script.Refusal) json.WriteString("refusal"u8, answer.Text.Utf8);
        else json.WriteNull("refusal"u8);
        RichFields.WriteReasoning(json, answer);
        RichFields.WriteMessage(json, answer);
        if (isToolCall) ToolCallWriter.WriteAll(json, answer, choice);
        json.WriteEndObject();
        LogprobsWriter.Write(json, answer, 0, answer.Text.Chunks);
        json.WriteString("finish_reason"u8, answer.FinishReason);
        json.WriteEndObject();
    }
}
