using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bifrost.Ledger.Ids;

/// <summary>
/// The maker of all ids: UUIDv7 (RFC 9562). Ids of one process are in the order of their making, by their bytes, also within a
/// millisecond: its twelve bits below the time count. Jobs of a key run, and audit entries are listed, in this order. It holds while the
/// clock does not go back, and for 4096 ids a millisecond. Random bits are asked of the system once for many ids, since asking costs more
/// than all the rest of an id.
/// </summary>
public static class Uuid
{
    private const int RandomBytes = 8;
    private const int IdsPerFill = 100;
    private const int CounterBits = 12;

    // Bits of the count of one millisecond; more than an id shows, so that a busy millisecond never runs into the next.
    private const int CountedBits = 20;

    [ThreadStatic]
    private static Pool? t_pool;

    // The last id's milliseconds, and how many ids they had before it.
    private static long s_last;

    /// <summary>A new id of this moment.</summary>
    public static Guid New(TimeProvider time) => New(time.GetUtcNow());

    /// <summary>A new id of <paramref name="at"/>, which is not before 1970.</summary>
    public static Guid New(DateTimeOffset at)
    {
        var ms = at.ToUnixTimeMilliseconds();
        var count = Count(ms) & ((1 << CounterBits) - 1);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (ms << 16) | 0x7000 | count);
        (t_pool ??= new Pool()).Take(bytes[(16 - RandomBytes)..]);
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>How many ids the millisecond had before this one.</summary>
    private static long Count(long ms)
    {
        var last = Volatile.Read(ref s_last);
        while (true)
        {
            var next = last >> CountedBits == ms ? last + 1 : ms << CountedBits;
            var before = Interlocked.CompareExchange(ref s_last, next, last);
            if (before == last) return next & ((1 << CountedBits) - 1);
            last = before;
        }
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
