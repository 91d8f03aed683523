using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bifrost.Ledger.Ids;

/// <summary>
/// UUIDv7 for every call: as <see cref="Guid.CreateVersion7(DateTimeOffset)"/>, but random bits are asked of the system once for many ids,
/// since asking costs more than all the rest of an id.
/// </summary>
public static class Uuid
{
    private const int RandomBytes = 10;
    private const int IdsPerFill = 100;

    [ThreadStatic]
    private static Pool? t_pool;

    /// <summary>A new id of this moment.</summary>
    public static Guid New(TimeProvider time) => New(time.GetUtcNow());

    /// <summary>A new id of <paramref name="at"/>, which is not before 1970.</summary>
    public static Guid New(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        (t_pool ??= new Pool()).Take(bytes[(16 - RandomBytes)..]);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>One thread's random bytes. Given out once each.</summary>
    private sealed class Pool
    {
        private readonly byte[] _bytes = new byte[RandomBytes * IdsPerFill];
        private int _left;

        public void Take(Span<byte> to)
        {
            if (_left == 0)
            {
                RandomNumberGenerator.Fill(_bytes);
                _left = _bytes.Length;
            }

            var taken = _bytes.AsSpan(_bytes.Length - _left, RandomBytes);
            taken.CopyTo(to);
            taken.Clear();
            _left -= RandomBytes;
        }
    }
}
