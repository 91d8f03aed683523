using System.Text;
using System.Text.Json;

namespace Bifrost.Chat.Json;

/// <summary>
/// Compares the name of a JSON member, escapes undone, with plain ASCII names. Unlike the reader's own comparison it never throws on
/// half a surrogate pair, and it knows which letters lenient parsers take for an ASCII letter.
/// </summary>
public static class FieldName
{
    /// <summary>Longer than every name that is compared.</summary>
    public const int LengthMax = 32;

    /// <summary>Exactly this name.</summary>
    public static bool Is(in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped) return reader.ValueSpan.SequenceEqual(name);
        Span<byte> plain = stackalloc byte[LengthMax];
        var length = Decode(reader.ValueSpan, plain, out var folded);
        return length >= 0 && !folded && plain[..length].SequenceEqual(name);
    }

    /// <summary>This name in other letters: same but for case, and not exactly it.</summary>
    public static bool IsVariant(in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        Span<byte> plain = stackalloc byte[LengthMax];
        var length = Decode(reader.ValueSpan, plain, out var folded);
        return length >= 0 && Ascii.EqualsIgnoreCase(plain[..length], name) && (folded || !plain[..length].SequenceEqual(name));
    }

    /// <summary>
    /// Writes the name in ASCII and answers its length; -1 when it is too long or holds a character that no ASCII letter is taken for.
    /// <paramref name="folded"/> is true when a look-alike (long s, Kelvin sign, dotted and dotless i) gave way to its letter.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> raw, Span<byte> to, out bool folded)
    {
        folded = false;
        var length = 0;
        while (!raw.IsEmpty)
        {
            if (length == to.Length) return -1;
            var unit = Next(ref raw);
            if (unit >= 0x80)
            {
                unit = Fold(unit);
                folded = true;
            }

            if (unit < 0) return -1;
            to[length++] = (byte)unit;
        }

        return length;
    }

    /// <summary>The next UTF-16 unit or scalar; the reader has already checked the form of the escapes.</summary>
    private static int Next(ref ReadOnlySpan<byte> raw)
    {
        if (raw[0] != (byte)'\\')
        {
            if (Rune.DecodeFromUtf8(raw, out var rune, out var used) != System.Buffers.OperationStatus.Done) rune = Rune.ReplacementChar;
            raw = raw[used..];
            return rune.Value;
        }

        var escape = raw[1];
        if (escape == (byte)'u')
        {
            var unit = 0;
            foreach (var digit in raw.Slice(2, 4)) unit = (unit << 4) | HexValue(digit);
            raw = raw[6..];
            return unit;
        }

        raw = raw[2..];
        return escape switch
        {
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => escape,
        };
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static int Fold(int unit) => unit switch
    {
        0x017F => 's',
        0x212A => 'k',
        0x0130 or 0x0131 => 'i',
        _ => -1,
    };
}
