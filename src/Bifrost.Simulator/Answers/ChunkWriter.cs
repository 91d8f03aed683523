using System.Text.Json;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>Writes the JSON of a stream's chunks, each a <c>chat.completion.chunk</c>.</summary>
internal static class ChunkWriter
{
    /// <summary>The first one of a choice: its role.</summary>
    public static void WriteRole(Utf8JsonWriter json, Answer answer, int choice)
    {
        Begin(json, answer, choice);
        json.WriteString("role"u8, "assistant"u8);
        if (answer.ToolCalls.Count > 0) json.WriteNull("content"u8);
        else json.WriteString("content"u8, ""u8);
        json.WriteNull("refusal"u8);
        EndDelta(json, null);
        End(json, answer, 0);
    }

    public static void WriteReasoning(Utf8JsonWriter json, Answer answer, int choice)
    {
        Begin(json, answer, choice);
        RichFields.WriteReasoning(json, answer);
        EndDelta(json, null);
        End(json, answer, 0);
    }

    /// <param name="json">Where to.</param>
    /// <param name="answer">What is said.</param>
    /// <param name="choice">Whose part it is.</param>
    /// <param name="chunk">Which content chunk of the choice.</param>
    /// <param name="sentBefore">Content chunks sent before it, of all choices.</param>
    public static void WriteContent(Utf8JsonWriter json, Answer answer, int choice, int chunk, int sentBefore)
    {
        Begin(json, answer, choice);
        if (answer.ToolCalls.Count > 0) ToolCallWriter.WriteChunk(json, answer, choice, chunk);
        else json.WriteString(answer.Script.Refusal ? "refusal"u8 : "content"u8, answer.Text.Chunk(chunk));
        json.WriteEndObject();
        LogprobsWriter.Write(json, answer, chunk, 1);
        json.WriteNull("finish_reason"u8);
        EndChoice(json);
        End(json, answer, sentBefore + 1);
    }

    /// <summary>The last one of a choice: its finish reason, and what comes once at the end.</summary>
    public static void WriteFinish(Utf8JsonWriter json, Answer answer, int choice)
    {
        var isLast = choice == answer.Request.Choices - 1;
        Begin(json, answer, choice);
        RichFields.WriteMessage(json, answer);
        EndDelta(json, answer.FinishReason);
        if (isLast) RichFields.WriteTop(json, answer);
        if (isLast && answer.Script.Usage == UsageStyle.OnContent)
        {
            UsageWriter.Write(json, answer, answer.Usage.Completion);
            json.WriteEndObject();
            json.Flush();
        }
        else
        {
            End(json, answer, answer.Chunks);
        }
    }

    /// <summary>The one without choices that carries the usage.</summary>
    public static void WriteUsage(Utf8JsonWriter json, Answer answer)
    {
        Head(json, answer);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        UsageWriter.Write(json, answer, answer.Usage.Completion);
        json.WriteEndObject();
        json.Flush();
    }

    private static void Head(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, "chatcmpl-" + answer.IdStem);
        json.WriteString("object"u8, "chat.completion.chunk"u8);
        json.WriteNumber("created"u8, answer.Created);
        json.WriteString("model"u8, answer.Script.Name);
        json.WriteString("service_tier"u8, "default"u8);
        json.WriteString("system_fingerprint"u8, "fp_simulator"u8);
    }

    private static void Begin(Utf8JsonWriter json, Answer answer, int choice)
    {
        Head(json, answer);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
        json.WriteStartObject("delta"u8);
    }

    private static void EndDelta(Utf8JsonWriter json, string? finishReason)
    {
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, finishReason);
        EndChoice(json);
    }

    private static void EndChoice(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>As the real service does, chunks say <c>"usage":null</c> when a usage chunk is to come.</summary>
    private static void End(Utf8JsonWriter json, Answer answer, int chunksSent)
    {
        var style = answer.Script.Usage;
        if (style == UsageStyle.Running) UsageWriter.Write(json, answer, Tokens.Share(answer.Usage.Completion, chunksSent, answer.Chunks));
        else if (answer.Request.IncludeUsage && style is UsageStyle.Asked or UsageStyle.Twice) json.WriteNull("usage"u8);
        json.WriteEndObject();
        json.Flush();
    }
}
