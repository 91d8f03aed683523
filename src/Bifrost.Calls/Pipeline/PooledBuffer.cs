using System.Buffers;
using Bifrost.Calls.Limits;

namespace Bifrost.Calls.Pipeline;

/// <summary>Bytes written one after the other into a rented array. Not safe for two threads; disposing twice is.</summary>
internal sealed class PooledBuffer(int capacity) : IBufferWriter<byte>, IDisposable
{
    private byte[]? _bytes = LargeArrays.Rent(capacity);
    private int _count;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _bytes is null ? 0 : _count);

    /// <summary>Bytes that the array has.</summary>
    public int Capacity => _bytes?.Length ?? 0;

    public void Clear() => _count = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Room.Length - _count);
        _count += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return Room.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return Room.AsSpan(_count);
    }

    public void Dispose()
    {
        var bytes = Interlocked.Exchange(ref _bytes, null);
        if (bytes is not null) LargeArrays.Return(bytes);
    }

    private byte[] Room => _bytes ?? throw new ObjectDisposedException(nameof(PooledBuffer));

    private void Grow(int sizeHint)
    {
        var old = Room;
        if (old.Length - _count >= Math.Max(sizeHint, 1)) return;
        var bytes = LargeArrays.Rent(Math.Max(_count + Math.Max(sizeHint, 256), old.Length * 2));
        old.AsSpan(0, _count).CopyTo(bytes);
        _bytes = bytes;
        LargeArrays.Return(old);
    }
}
