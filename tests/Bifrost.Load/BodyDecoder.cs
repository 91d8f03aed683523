using System.Buffers.Text;

namespace Bifrost.Load;

/// <summary>Finds the body in the bytes of one HTTP/1.1 answer, whatever way they are cut.</summary>
internal sealed class BodyDecoder
{
    private enum Part
    {
        Headers,
        Length,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,
        Whole,
    }

    private readonly byte[] _line = new byte[8 << 10];
    private int _lineLength;
    private Part _part;
    private long _left;
    private bool _isChunked;

    public int Status { get; private set; }

    public bool IsWhole => _part == Part.Whole;

    public void Reset()
    {
        _part = Part.Headers;
        _lineLength = 0;
        _left = 0;
        _isChunked = false;
        Status = 0;
    }

    public void Take(ReadOnlySpan<byte> bytes, IBodySink sink)
    {
        while (bytes.Length > 0 && _part != Part.Whole)
        {
            if (_part is Part.Length or Part.ChunkData)
            {
                var taken = (int)Math.Min(_left, bytes.Length);
                sink.Take(bytes[..taken]);
                bytes = bytes[taken..];
                _left -= taken;
                if (_left == 0) _part = _part == Part.Length ? Part.Whole : Part.ChunkEnd;
                continue;
            }
            if (TakeLine(ref bytes)) Line(_line.AsSpan(0, _lineLength - 2));
        }
    }

    /// <summary>Collects bytes up to a line end; true when the line is whole.</summary>
    private bool TakeLine(ref ReadOnlySpan<byte> bytes)
    {
        if (_lineLength > 0 && _line[_lineLength - 1] == '\n') _lineLength = 0;
        var end = bytes.IndexOf((byte)'\n');
        var part = end < 0 ? bytes : bytes[..(end + 1)];
        part.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += part.Length;
        bytes = bytes[part.Length..];
        return end >= 0;
    }

    private void Line(ReadOnlySpan<byte> line)
    {
        switch (_part)
        {
            case Part.Headers when Status == 0:
                Utf8Parser.TryParse(line[9..], out int status, out _);
                Status = status;
                break;
            case Part.Headers when line.IsEmpty:
                _part = _isChunked ? Part.ChunkSize : _left > 0 ? Part.Length : Part.Whole;
                break;
            case Part.Headers:
                Header(line);
                break;
            case Part.ChunkSize:
                Utf8Parser.TryParse(line, out _left, out _, 'x');
                _part = _left > 0 ? Part.ChunkData : Part.Trailer;
                break;
            case Part.ChunkEnd:
                _part = Part.ChunkSize;
                break;
            case Part.Trailer when line.IsEmpty:
                _part = Part.Whole;
                break;
        }
    }

    private void Header(ReadOnlySpan<byte> line)
    {
        if (Value(line, "content-length:"u8) is { IsEmpty: false } length) Utf8Parser.TryParse(length, out _left, out _);
        else if (Value(line, "transfer-encoding:"u8) is { IsEmpty: false }) _isChunked = true;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        if (line.Length <= name.Length || !System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name)) return default;
        return line[name.Length..].TrimStart((byte)' ');
    }
}
