using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Errors;

/// <summary>
/// What a provider's error body says, read leniently: OpenAI's <c>{"error": {…}}</c>, the same inside an array, <c>error</c> or
/// <c>detail</c> as a string, or the members without an <c>error</c> around them. Members that are missing are null.
/// </summary>
public sealed record ProviderErrorBody
{
    /// <summary>Bytes of one member that are kept.</summary>
    private const int TextBytesMax = 4_096;

    private const int DepthMax = 128;

    public string? Message { get; init; }
    public string? Type { get; init; }
    public string? Param { get; init; }
    public string? Code { get; init; }

    /// <summary>False when the bytes are no JSON or say nothing that is known as an error.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out ProviderErrorBody body)
    {
        body = new ProviderErrorBody();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            if (reader.Read() && reader.TokenType == JsonTokenType.StartArray) reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) body = ReadObject(ref reader, body);
        }
        catch (JsonException)
        {
            return false;
        }

        return body.Message is not null || body.Type is not null || body.Code is not null;
    }

    private static ProviderErrorBody ReadObject(ref Utf8JsonReader reader, ProviderErrorBody body)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FieldName.Is(reader, "error"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) body = ReadObject(ref reader, body);
                else body = body with { Message = Text(ref reader) ?? body.Message };
            }
            else if (FieldName.Is(reader, "message"u8) || FieldName.Is(reader, "detail"u8))
                body = body with { Message = NextText(ref reader) ?? body.Message };
            else if (FieldName.Is(reader, "type"u8)) body = body with { Type = NextText(ref reader) ?? body.Type };
            else if (FieldName.Is(reader, "param"u8)) body = body with { Param = NextText(ref reader) ?? body.Param };
            else if (FieldName.Is(reader, "code"u8)) body = body with { Code = NextText(ref reader) ?? body.Code };
            else NextText(ref reader);
        }

        return body;
    }

    private static string? NextText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Text(ref reader);
    }

    /// <summary>A string or a number as text; anything else is skipped.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            return reader.ValueIsEscaped ? Unescaped(reader) : Encoding.UTF8.GetString(Cut(reader.ValueSpan));
        reader.Skip();
        return null;
    }

    private static string? Unescaped(in Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > TextBytesMax) return Encoding.UTF8.GetString(Cut(reader.ValueSpan));
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: shown as it is written.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text) => text.Length <= TextBytesMax ? text : text[..TextBytesMax];
}
