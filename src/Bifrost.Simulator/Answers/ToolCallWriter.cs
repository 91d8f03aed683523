using System.Globalization;
using System.Text.Json;

namespace Bifrost.Simulator.Answers;

/// <summary>Writes tool calls, whole ones and the two halves that a stream sends of each.</summary>
internal static class ToolCallWriter
{
    public static void WriteAll(Utf8JsonWriter json, Answer answer, int choice)
    {
        json.WriteStartArray("tool_calls"u8);
        for (var call = 0; call < answer.ToolCalls.Count; call++)
        {
            json.WriteStartObject();
            WriteHead(json, answer, choice, call, AnswerMaker.ToolArguments);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Chunk 2i names call i, chunk 2i+1 brings its arguments.</summary>
    public static void WriteChunk(Utf8JsonWriter json, Answer answer, int choice, int chunk)
    {
        var call = chunk / 2;
        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, call);
        if (chunk % 2 == 0)
        {
            WriteHead(json, answer, choice, call, "");
        }
        else
        {
            json.WriteStartObject("function"u8);
            json.WriteString("arguments"u8, AnswerMaker.ToolArguments);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteHead(Utf8JsonWriter json, Answer answer, int choice, int call, string arguments)
    {
        json.WriteString("id"u8, string.Create(CultureInfo.InvariantCulture, $"call_{answer.IdStem[^20..]}_{choice}_{call}"));
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, answer.ToolCalls[call]);
        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
    }
}
