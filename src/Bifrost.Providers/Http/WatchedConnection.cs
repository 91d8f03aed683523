using System.Runtime.CompilerServices;

namespace Bifrost.Providers.Http;

/// <summary>
/// One connection to an upstream, which knows what went over it: whether it served a request before, and how many bytes came back. A request
/// learns its connection by writing on it (<see cref="Writer"/>): the handler does not say which one it took.
/// </summary>
internal sealed class WatchedConnection(Stream inner) : Stream
{
    /// <summary>The body that this thread is writing now; what reaches a connection meanwhile is its own.</summary>
    [ThreadStatic]
    public static EditedBody? Writer;

    private long _bytesRead;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>True when a request was written on it.</summary>
    public bool HasServed { get; private set; }

    public override bool CanRead => inner.CanRead;
    public override bool CanSeek => false;
    public override bool CanWrite => inner.CanWrite;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully) return CountAsync(read);
        var count = read.Result;
        Count(count);
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Writer is { } body && body.TryMeet(this)) HasServed = true;
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count(read);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> CountAsync(ValueTask<int> read)
    {
        var count = await read.ConfigureAwait(false);
        Count(count);
        return count;
    }

    private void Count(int bytes)
    {
        if (bytes > 0) Interlocked.Add(ref _bytesRead, bytes);
    }
}
