using System.Buffers.Binary;

namespace Bifrost.Core.Keys;

/// <summary>The time in ids.</summary>
internal static class UuidTime
{
    /// <summary>The moment that a UUIDv7 carries: when it was made, in milliseconds.</summary>
    public static DateTimeOffset MadeAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }
}
