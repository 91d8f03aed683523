using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;

namespace Bifrost.Chat.Json;

/// <summary>Writes pieces of JSON straight into a buffer writer. <see cref="Flush"/> must end every use.</summary>
public ref struct JsonSink(IBufferWriter<byte> to)
{
    private const int SpanBytesMin = 256;
    private const int NumberBytesMax = 32;
    private const long NanosPerUsd = 1_000_000_000;
    private const int NanoDigits = 9;

    // Printable ASCII but for quote and backslash: what may stand between quotes as it is.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    // What may not stand in a JSON string.
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private readonly IBufferWriter<byte> _to = to;
    private Span<byte> _free;
    private int _used;

    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
    }

    /// <summary>Copies JSON onto one line: a line break in valid JSON is white space, and inside an event it would end the line.</summary>
    public void OneLine(scoped ReadOnlySpan<byte> json)
    {
        var target = Reserve(json.Length)[..json.Length];
        json.CopyTo(target);
        target.Replace((byte)'\n', (byte)' ');
        target.Replace((byte)'\r', (byte)' ');
        _used += json.Length;
    }

    public void Byte(byte value)
    {
        Reserve(1)[0] = value;
        _used++;
    }

    public void Quoted(string text)
    {
        Byte((byte)'"');
        if (text.AsSpan().ContainsAnyExcept(Plain)) text = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);
        var written = Encoding.UTF8.GetBytes(text, Reserve(Encoding.UTF8.GetMaxByteCount(text.Length)));
        _used += written;
        Byte((byte)'"');
    }

    /// <summary>UTF-8 text as a JSON string: quotes, backslashes and control characters are escaped.</summary>
    public void QuotedText(scoped ReadOnlySpan<byte> text)
    {
        Byte((byte)'"');
        while (!text.IsEmpty)
        {
            var odd = text.IndexOfAny(Escaped);
            Raw(odd < 0 ? text : text[..odd]);
            if (odd < 0) break;
            Escape(text[odd]);
            text = text[(odd + 1)..];
        }

        Byte((byte)'"');
    }

    public void QuotedOrNull(string? text)
    {
        if (text is null) Raw("null"u8);
        else Quoted(text);
    }

    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, Reserve(NumberBytesMax), out var written);
        _used += written;
    }

    /// <summary>Nano-dollars as a JSON number in USD, digit for digit: 1 500 becomes 0.0000015.</summary>
    public void Usd(long nanos)
    {
        if (nanos < 0) Byte((byte)'-');
        var amount = nanos < 0 ? 0UL - (ulong)nanos : (ulong)nanos;
        Number((long)(amount / (ulong)NanosPerUsd));
        var rest = (long)(amount % (ulong)NanosPerUsd);
        if (rest == 0) return;

        var digits = Reserve(NanoDigits + 1);
        digits[0] = (byte)'.';
        var last = 0;
        for (var i = NanoDigits; i > 0; i--, rest /= 10)
        {
            digits[i] = (byte)('0' + rest % 10);
            if (last == 0 && digits[i] != (byte)'0') last = i;
        }

        _used += last + 1;
    }

    public void Flush()
    {
        _to.Advance(_used);
        _used = 0;
        _free = default;
    }

    private void Escape(byte value)
    {
        if (value is (byte)'"' or (byte)'\\')
        {
            Byte((byte)'\\');
            Byte(value);
        }
        else if (value == (byte)'\n') Raw("\\n"u8);
        else
        {
            Raw(value < 16 ? "\\u000"u8 : "\\u001"u8);
            Byte("0123456789abcdef"u8[value & 15]);
        }
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_free.Length - _used < bytes)
        {
            if (_used > 0) _to.Advance(_used);
            _used = 0;
            _free = _to.GetSpan(Math.Max(bytes, SpanBytesMin));
        }

        return _free[_used..];
    }
}
