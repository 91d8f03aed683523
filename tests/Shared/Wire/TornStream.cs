namespace Bifrost.Testing;

/// <summary>Gives its bytes in pieces that end where the test says, and nothing else.</summary>
internal sealed class TornStream(byte[] bytes, Func<int, int> pieceAt) : Stream
{
    /// <summary>For <see cref="At"/>: byte by byte.</summary>
    public const int Everywhere = -1;

    private int _position;

    /// <summary>Gives its bytes up to one place, then the rest; or byte by byte.</summary>
    public static TornStream At(byte[] bytes, int tear) =>
        new(bytes, tear == Everywhere ? static _ => 1 : position => position < tear ? tear - position : int.MaxValue);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => bytes.Length;
    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override int Read(Span<byte> buffer)
    {
        Assert.NotEqual(0, buffer.Length);
        var count = Math.Min(Math.Min(buffer.Length, Math.Max(1, pieceAt(_position))), bytes.Length - _position);
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
