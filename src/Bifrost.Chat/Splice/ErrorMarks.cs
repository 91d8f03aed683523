using System.Buffers.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>By which members providers tell of an error under a status of 200.</summary>
internal static class ErrorMarks
{
    private const int ErrorStatusMin = 400;

    /// <summary>
    /// Whether the member that the reader stands on tells of an error where no choices do. <paramref name="isSure"/> is true when the object calls
    /// itself an error.
    /// </summary>
    public static bool IsOne(ref Utf8JsonReader reader, out bool isSure)
    {
        isSure = false;
        if (FieldName.Is(reader, "type"u8))
        {
            reader.Read();
            isSure = reader.TokenType == JsonTokenType.String && FieldName.Is(reader, "error"u8);
            return isSure;
        }

        if (IsText(reader)) return reader.Read() && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.Trim(" "u8).IsEmpty;
        if (IsAny(reader)) return Says(ref reader);
        if (IsCode(reader)) return IsErrorCode(ref reader);
        if (FieldName.Is(reader, "success"u8)) return reader.Read() && reader.TokenType == JsonTokenType.False;
        return FieldName.Is(reader, "base_resp"u8) && HasErrorCode(ref reader);
    }

    /// <summary>
    /// Whether the value behind the name says anything: neither null, false, zero and blank text, nor an object or a list of such alone. Leaves
    /// the reader at its end.
    /// </summary>
    public static bool Says(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return IsValue(reader);
        var depth = reader.CurrentDepth;
        var says = false;
        while (reader.Read() && reader.CurrentDepth > depth) says |= IsValue(reader);
        return says;
    }

    private static bool IsValue(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.String => !reader.ValueSpan.Trim(" "u8).IsEmpty,
        JsonTokenType.Number => reader.ValueSpan.ContainsAnyInRange((byte)'1', (byte)'9'),
        _ => false,
    };

    /// <summary>A sentence.</summary>
    private static bool IsText(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "message"u8) || FieldName.Is(reader, "msg"u8) || FieldName.Is(reader, "error_message"u8)
        || FieldName.Is(reader, "errorMessage"u8) || FieldName.Is(reader, "error_msg"u8) || FieldName.Is(reader, "error_type"u8);

    private static bool IsAny(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "detail"u8) || FieldName.Is(reader, "errors"u8) || FieldName.Is(reader, "fault"u8)
        || FieldName.Is(reader, "exception"u8) || FieldName.Is(reader, "error_code"u8) || FieldName.Is(reader, "errorCode"u8);

    private static bool IsCode(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "code"u8) || FieldName.Is(reader, "status"u8) || FieldName.Is(reader, "status_code"u8)
        || FieldName.Is(reader, "statusCode"u8);

    /// <summary>A number of 400 and more, as a number or as text; or a word that means failure.</summary>
    private static bool IsErrorCode(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return false;
        if (Utf8Parser.TryParse(reader.ValueSpan, out int code, out var read) && read == reader.ValueSpan.Length) return code >= ErrorStatusMin;
        return FieldName.Is(reader, "error"u8) || FieldName.Is(reader, "failed"u8) || FieldName.Is(reader, "fail"u8);
    }

    /// <summary>An object whose <c>status_code</c> is not 0, as MiniMax answers.</summary>
    private static bool HasErrorCode(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FieldName.Is(reader, "status_code"u8)) return Says(ref reader);
            reader.Read();
            reader.Skip();
        }

        return false;
    }
}
