namespace Bifrost.Providers.Tests.Shared;

/// <summary>Gives its bytes up to one place, then the rest; or byte by byte.</summary>
internal sealed class TornStream(byte[] bytes, int tearAt) : Stream
{
    public const int Everywhere = -1;

    private int _position;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => bytes.Length;
    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override int Read(Span<byte> buffer)
    {
        var end = tearAt == Everywhere ? _position + 1 : _position < tearAt ? tearAt : bytes.Length;
        var count = Math.Min(Math.Min(buffer.Length, end - _position), bytes.Length - _position);
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
