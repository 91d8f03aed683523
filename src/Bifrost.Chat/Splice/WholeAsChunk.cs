using System.Buffers;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>
/// Makes one chunk of a whole completion, for an upstream that answers a stream with one: <c>message</c> becomes <c>delta</c>, tool calls get
/// their index, all else stays byte for byte.
/// </summary>
public static class WholeAsChunk
{
    /// <param name="to">Where to.</param>
    /// <param name="json">One JSON object, scanned before.</param>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = CompletionScanner.DepthMax });
        var copied = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FieldName.Is(reader, "object"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) Replace(to, json, reader, ref copied, "\"chat.completion.chunk\""u8);
                reader.Skip();
            }
            else if (FieldName.Is(reader, "choices"u8)) WriteChoices(to, json, ref reader, ref copied);
            else SkipValue(ref reader);
        }

        to.Write(json[copied..]);
    }

    private static void WriteChoices(IBufferWriter<byte> to, ReadOnlySpan<byte> json, ref Utf8JsonReader reader, ref int copied)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (FieldName.Is(reader, "message"u8))
                {
                    Replace(to, json, reader, ref copied, "\"delta\":"u8);
                    WriteMessage(to, json, ref reader, ref copied);
                }
                else SkipValue(ref reader);
            }
        }
    }

    private static void WriteMessage(IBufferWriter<byte> to, ReadOnlySpan<byte> json, ref Utf8JsonReader reader, ref int copied)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCalls = FieldName.Is(reader, "tool_calls"u8);
            reader.Read();
            if (!isCalls || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                if (reader.TokenType == JsonTokenType.StartObject && !HasIndex(reader)) WriteIndex(to, json, reader, ref copied, index);
                reader.Skip();
            }
        }
    }

    private static bool HasIndex(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FieldName.Is(reader, "index"u8)) return true;
            SkipValue(ref reader);
        }

        return false;
    }

    private static void WriteIndex(IBufferWriter<byte> to, ReadOnlySpan<byte> json, in Utf8JsonReader atObject, ref int copied, int index)
    {
        var inside = (int)atObject.BytesConsumed;
        to.Write(json[copied..inside]);
        copied = inside;
        var next = atObject;
        next.Read();
        var sink = new JsonSink(to);
        sink.Raw("\"index\":"u8);
        sink.Number(index);
        if (next.TokenType == JsonTokenType.PropertyName) sink.Byte((byte)',');
        sink.Flush();
    }

    /// <summary>Writes something else for the token that the reader stands on; for a name, its colon included.</summary>
    private static void Replace(IBufferWriter<byte> to, ReadOnlySpan<byte> json, in Utf8JsonReader reader, ref int copied, ReadOnlySpan<byte> by)
    {
        to.Write(json[copied..(int)reader.TokenStartIndex]);
        to.Write(by);
        copied = (int)reader.BytesConsumed;
    }

    private static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}
