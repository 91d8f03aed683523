using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Places in a text: there they are counted in bytes of UTF-8, in OpenAI's words in characters.</summary>
internal static class TextOffsets
{
    /// <summary>Characters (code points) of the inside of a JSON string up to a number of bytes of its text.</summary>
    public static int Characters(ReadOnlySpan<byte> inner, long bytes)
    {
        var at = 0;
        for (long seen = 0; at < inner.Length && seen < bytes;)
        {
            if (inner[at] != (byte)'\\')
            {
                seen++;
                at++;
                continue;
            }

            var isCode = inner[at + 1] == (byte)'u';
            seen += isCode ? BytesOf(inner.Slice(at + 2, 4)) : 1;
            at += isCode ? 6 : 2;
        }

        return JsonText.Characters(inner[..at]);
    }

    /// <summary>Bytes of UTF-8 that an escaped unit adds; both halves of a pair make four.</summary>
    private static int BytesOf(ReadOnlySpan<byte> digits)
    {
        System.Buffers.Text.Utf8Parser.TryParse(digits, out int unit, out _, 'x');
        return unit < 0x80 ? 1 : unit is < 0x800 or (>= 0xD800 and <= 0xDFFF) ? 2 : 3;
    }
}
