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
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (IsArguments(reader)) bytes += CountArguments(ref reader);
                else counts = IsContent(reader);
            }
            else if (reader.TokenType == JsonTokenType.String && counts) bytes += reader.ValueSpan.Length;
        }

        return bytes;
    }

    /// <summary>Arguments of a call are a string; where a provider gives the object that they are, all of it counts.</summary>
    private static int CountArguments(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return reader.ValueSpan.Length;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return 0;
        var start = reader.TokenStartIndex;
        reader.Skip();
        return (int)(reader.BytesConsumed - start);
    }

    private static bool IsArguments(in Utf8JsonReader reader) => FieldName.Is(reader, "arguments"u8) || FieldName.Is(reader, "input"u8);

    private static bool IsContent(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "content"u8) || FieldName.Is(reader, "reasoning"u8) || FieldName.Is(reader, "reasoning_content"u8)
        || FieldName.Is(reader, "text"u8) || FieldName.Is(reader, "name"u8)
        || FieldName.Is(reader, "refusal"u8) || FieldName.Is(reader, "summary"u8) || FieldName.Is(reader, "transcript"u8)
        || FieldName.Is(reader, "thinking"u8) || FieldName.Is(reader, "thought"u8) || FieldName.Is(reader, "reasoning_text"u8)
        || FieldName.Is(reader, "data"u8) || FieldName.Is(reader, "encrypted_content"u8);
}
