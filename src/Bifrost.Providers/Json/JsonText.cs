using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Providers.Json;

/// <summary>Reads single JSON values as they stand, quotes included.</summary>
internal static class JsonText
{
    private const int ShortBytes = 256;

    public static bool IsText(ReadOnlySpan<byte> value) => !value.IsEmpty && value[0] == (byte)'"';

    public static bool IsObject(ReadOnlySpan<byte> value) => !value.IsEmpty && value[0] == (byte)'{';

    public static bool IsArray(ReadOnlySpan<byte> value) => !value.IsEmpty && value[0] == (byte)'[';

    /// <summary>What stands between the quotes, with its escapes; nothing for what is no string.</summary>
    public static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> value) => IsText(value) ? value[1..^1] : default;

    /// <summary>Whether the string is this plain text, escapes undone.</summary>
    public static bool Is(ReadOnlySpan<byte> value, ReadOnlySpan<byte> text)
    {
        if (!IsText(value)) return false;
        var inner = value[1..^1];
        if (!inner.Contains((byte)'\\')) return inner.SequenceEqual(text);
        Span<byte> plain = stackalloc byte[FieldName.LengthMax];
        var length = FieldName.Decode(inner, plain, out var folded);
        return length >= 0 && !folded && plain[..length].SequenceEqual(text);
    }

    /// <summary>Whether the string is empty or white space alone.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> value) => TrimEnd(Inner(value)).IsEmpty;

    /// <summary>The inside of a string without the white space at its end, escaped or not.</summary>
    public static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> inner)
    {
        while (!inner.IsEmpty)
        {
            if (inner[^1] is (byte)' ' or (byte)'\t') inner = inner[..^1];
            else if (inner.Length >= 2 && inner[^1] is (byte)'n' or (byte)'r' or (byte)'t' && IsEscape(inner, inner.Length - 2)) inner = inner[..^2];
            else break;
        }

        return inner;
    }

    /// <summary>The string as text; null for what is none, or holds half a surrogate pair.</summary>
    public static string? Read(ReadOnlySpan<byte> value)
    {
        if (!IsText(value)) return null;
        var inner = value[1..^1];
        if (!inner.Contains((byte)'\\')) return Encoding.UTF8.GetString(inner);
        var reader = new Utf8JsonReader(value);
        reader.Read();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The bytes of the string's text, escapes undone, in a rented array that the caller returns; false for what is none.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> value, out byte[] rented, out int length)
    {
        (rented, length) = ([], 0);
        if (!IsText(value)) return false;
        var reader = new Utf8JsonReader(value);
        reader.Read();
        rented = ArrayPool<byte>.Shared.Rent(value.Length);
        try
        {
            length = reader.CopyString(rented);
            return true;
        }
        catch (InvalidOperationException)
        {
            ArrayPool<byte>.Shared.Return(rented);
            rented = [];
            return false;
        }
    }

    /// <summary>A whole number; null for what is none.</summary>
    public static long? Whole(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out var read) && read == value.Length ? number : null;

    public static double? Number(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out double number, out var read) && read == value.Length ? number : null;

    /// <summary>Whether the value says nothing: null, false, zero, an empty string, list or object.</summary>
    public static bool IsNothing(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.SequenceEqual("null"u8) || value.SequenceEqual("false"u8) || value.SequenceEqual("\"\""u8)) return true;
        if (Number(value) is { } number) return number == 0;
        if (IsArray(value)) return JsonItems.Count(value) == 0;
        if (!IsObject(value)) return false;
        var members = new JsonMembers(value);
        return !members.Next();
    }

    /// <summary>Whether the bytes are one JSON object.</summary>
    public static bool IsWholeObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonMembers.Options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Characters (code points) of the inside of a string.</summary>
    public static int Characters(ReadOnlySpan<byte> inner)
    {
        var count = 0;
        for (var i = 0; i < inner.Length;)
        {
            if (inner[i] == (byte)'\\')
            {
                // The second half of an escaped pair is no character of its own.
                if (!IsSecondHalf(inner[i..])) count++;
                i += inner[i + 1] == (byte)'u' ? 6 : 2;
                continue;
            }

            if ((inner[i] & 0xC0) != 0x80) count++;
            i++;
        }

        return count;
    }

    /// <summary>A name for messages, cut to what can be shown.</summary>
    public static string Shown(ReadOnlySpan<byte> raw) => Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, ShortBytes / 4)]);

    /// <summary>Whether an escape is one of U+DC00 to U+DFFF.</summary>
    private static bool IsSecondHalf(ReadOnlySpan<byte> escape) =>
        escape.Length >= 4 && escape[1] == (byte)'u' && (escape[2] | 0x20) == 'd' && (escape[3] | 0x20) is >= 'c' and <= 'f';

    private static bool IsEscape(ReadOnlySpan<byte> inner, int at)
    {
        var slashes = 0;
        for (var i = at; i >= 0 && inner[i] == (byte)'\\'; i--) slashes++;
        return slashes % 2 == 1;
    }
}
