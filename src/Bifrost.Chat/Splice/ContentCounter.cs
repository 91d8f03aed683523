using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>
/// Counts the bytes of what a model said in a message or a delta: what tokens were made of, not ids and roles. A member that is not known
/// counts: something stands there that may have been billed.
/// </summary>
internal static class ContentCounter
{
    /// <summary>Bytes of the value behind the name that the reader stands on; leaves the reader at its end.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="isText">Whether the value itself is text.</param>
    public static ContentBytes Count(ref Utf8JsonReader reader, bool isText = true)
    {
        reader.Read();
        var bytes = default(ContentBytes);
        if (reader.TokenType == JsonTokenType.String) bytes.Add(reader.ValueSpan.Length, isText);
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return bytes;

        var depth = reader.CurrentDepth;
        var (counts, text) = (!isText, false);
        int? sources = null;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.CurrentDepth <= sources) sources = null;
                if (sources is null && IsSources(reader)) sources = reader.CurrentDepth;
                if (IsArguments(reader)) bytes.Add(CountArguments(ref reader), isText: true);
                else (counts, text) = (!IsName(reader) && (sources is null || !IsOfSource(reader)), IsText(reader));
            }
            else if (reader.TokenType == JsonTokenType.String && counts) bytes.Add(reader.ValueSpan.Length, text);
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

    /// <summary>What names, times and refers, and is no output.</summary>
    private static bool IsName(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "role"u8) || FieldName.Is(reader, "type"u8) || FieldName.Is(reader, "id"u8) || FieldName.Is(reader, "format"u8)
        || FieldName.Is(reader, "tool_call_id"u8) || FieldName.Is(reader, "call_id"u8) || FieldName.Is(reader, "status"u8)
        || FieldName.Is(reader, "signature"u8) || IsSources(reader);

    /// <summary>Where an answer names what it read.</summary>
    private static bool IsSources(in Utf8JsonReader reader) => FieldName.Is(reader, "annotations"u8) || FieldName.Is(reader, "url_citation"u8);

    /// <summary>What names a source. Elsewhere an address may be a picture that the model drew.</summary>
    private static bool IsOfSource(in Utf8JsonReader reader) => FieldName.Is(reader, "title"u8) || FieldName.Is(reader, "url"u8);

    private static bool IsText(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "content"u8) || FieldName.Is(reader, "reasoning"u8) || FieldName.Is(reader, "reasoning_content"u8)
        || FieldName.Is(reader, "text"u8) || FieldName.Is(reader, "name"u8)
        || FieldName.Is(reader, "refusal"u8) || FieldName.Is(reader, "summary"u8) || FieldName.Is(reader, "transcript"u8)
        || FieldName.Is(reader, "thinking"u8) || FieldName.Is(reader, "thought"u8) || FieldName.Is(reader, "reasoning_text"u8);
}
