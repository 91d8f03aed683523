using System.Buffers.Binary;

namespace Bifrost.Ledger.Ids;

/// <summary>The time in ids.</summary>
public static class UuidTime
{
    /// <summary>The moment that a UUIDv7 carries: when it was made, in milliseconds.</summary>
    public static DateTimeOffset MadeAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }

    /// <summary>The least id of a moment: ids made before it are less, in the order of their bytes.</summary>
    public static Guid LeastOf(DateTimeOffset moment)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)moment.ToUnixTimeMilliseconds() << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
