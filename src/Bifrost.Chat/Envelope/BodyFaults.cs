using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Envelope;

/// <summary>What is said about a body that is not right: the field, what it got, and what would be right.</summary>
internal static class BodyFaults
{
    private const int ShownBytesMax = 60;

    public static GatewayError Wrong(string param, string right, in Utf8JsonReader reader) =>
        GatewayErrors.BadField(param, $"`{param}` must be {right}; got {Shown(reader)}.");

    public static GatewayError Missing(string param) =>
        GatewayErrors.BadField(param, $"`{param}` is required and is missing or null.");

    public static GatewayError Empty(string param) =>
        GatewayErrors.BadField(param, $"`{param}` must not be empty.");

    public static GatewayError Twice(string param) =>
        GatewayErrors.BadField(param, $"`{param}` stands twice in the body, and it is not clear which one counts; keep one.");

    public static GatewayError Variant(string param, string got) =>
        GatewayErrors.BadField(param, $"{got} differs from `{param}` only in the case of its letters; write it as `{param}`.");

    public static GatewayError NotAnObject(in Utf8JsonReader reader) =>
        GatewayErrors.BadBody($"The body must be a JSON object; got {Shown(reader)}.");

    public static GatewayError NotUtf8(ReadOnlySpan<byte> body)
    {
        var position = 0;
        while (Rune.DecodeFromUtf8(body[position..], out _, out var used) == OperationStatus.Done) position += used;
        return GatewayErrors.BadBody($"The body is not valid UTF-8 at byte {position}.");
    }

    public static GatewayError NotJson(ReadOnlySpan<byte> body, JsonException exception)
    {
        if (body.IsEmpty) return GatewayErrors.BadBody("The body is empty; a JSON object is expected.");
        var why = exception.Message;
        var tail = why.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (tail > 0) why = why[..tail];
        return GatewayErrors.BadBody(
            $"The body is not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: {why}");
    }

    /// <summary>The name that the reader stands on, as it is written in the body.</summary>
    public static string NameOf(in Utf8JsonReader reader) => $"`{Cut(reader.ValueSpan)}`";

    private static string Shown(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{Cut(reader.ValueSpan)}\"",
        _ => Cut(reader.ValueSpan),
    };

    private static string Cut(ReadOnlySpan<byte> text)
    {
        if (text.Length <= ShownBytesMax) return Encoding.UTF8.GetString(text);

        // Never in the middle of a character.
        var length = ShownBytesMax;
        while (length > 0 && (text[length] & 0xC0) == 0x80) length--;
        return Encoding.UTF8.GetString(text[..length]) + "…";
    }
}
