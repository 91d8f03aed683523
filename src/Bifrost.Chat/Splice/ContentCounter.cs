using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>Counts the bytes of what a model said in a message or a delta: what tokens were made of, not ids and roles.</summary>
internal static class ContentCounter
{
    /// <summary>Bytes of the value behind the name that the reader stands on; leaves the reader at its end.</summary>
    public static int Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return reader.ValueSpan.Length;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return 0;

        var depth = reader.CurrentDepth;
        var bytes = 0;
        var counts = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName) counts = IsContent(reader);
            else if (reader.TokenType == JsonTokenType.String && counts) bytes += reader.ValueSpan.Length;
        }

        return bytes;
    }

    private static bool IsContent(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "content"u8) || FieldName.Is(reader, "reasoning"u8) || FieldName.Is(reader, "reasoning_content"u8)
        || FieldName.Is(reader, "arguments"u8) || FieldName.Is(reader, "text"u8) || FieldName.Is(reader, "name"u8)
        || FieldName.Is(reader, "refusal"u8) || FieldName.Is(reader, "summary"u8) || FieldName.Is(reader, "transcript"u8);
}
