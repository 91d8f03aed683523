using System.Buffers;
using System.Numerics;

namespace Bifrost.Calls.Limits;

/// <summary>
/// Byte arrays by size. Small ones come from the shared pool. That would keep large ones for every thread; the garbage collector lets dead ones stand until
/// they are as many as the live ones, or more. So those that are given back serve the next ones for a moment, and the collector is asked to run beside the
/// calls once enough have died: the limits of rooms are limits of memory.
/// </summary>
public static class LargeArrays
{
    private const int PooledMax = 1 << 20;

    /// <summary>Bytes of large arrays that nobody uses, until a collection is asked for.</summary>
    private const long LeftBytesMax = 64 << 20;

    /// <summary>Collections that it takes: the collector keeps large memory that is free for two more of them before the system gets it back.</summary>
    private const int Rounds = 4;

    /// <summary>From then on until it runs, so that whoever left an array has let go of it.</summary>
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(500);

    private static readonly ITimer s_collection = TimeProvider.System.CreateTimer(Collect, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private static readonly Lock s_gate = new();

    // All under s_gate.
    private static readonly List<byte[]> s_spare = [];
    private static long s_leftBytes;
    private static int s_roundsDue;

    /// <summary>Bytes of the array that is rented for so many; a spare one may have a quarter more.</summary>
    public static int Rented(int bytesMin) => bytesMin <= PooledMax ? (int)BitOperations.RoundUpToPowerOf2((uint)bytesMin) : bytesMin;

    /// <summary>An array of at least so many bytes, to be given back; their values are undefined.</summary>
    public static byte[] Rent(int bytesMin) => bytesMin <= PooledMax ? ArrayPool<byte>.Shared.Rent(bytesMin) : Make(bytesMin);

    /// <summary>So many bytes that are left to the collector in the end; their values are undefined.</summary>
    public static Memory<byte> Take(int bytes) => bytes <= PooledMax ? new byte[bytes] : Make(bytes).AsMemory(0, bytes);

    /// <summary>Gives back an array that nobody reads any more.</summary>
    public static void Return(byte[] rented)
    {
        if (rented.Length > PooledMax)
        {
            lock (s_gate)
            {
                s_spare.Add(rented);
                Count(rented.Length);
            }
        }
        else if (rented.Length > 0) ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Leaves arrays of so many bytes to the garbage collector; somebody may still read them for a moment.</summary>
    public static void Leave(long bytes)
    {
        if (bytes <= PooledMax) return;
        lock (s_gate) Count(bytes);
    }

    /// <summary>A spare one that fits, else a new one.</summary>
    private static byte[] Make(int bytesMin)
    {
        lock (s_gate)
        {
            var spare = s_spare.FindIndex(array => array.Length >= bytesMin && array.Length - bytesMin <= bytesMin / 4);
            if (spare >= 0)
            {
                var array = s_spare[spare];
                s_spare.RemoveAt(spare);
                s_leftBytes = Math.Max(0, s_leftBytes - array.Length);
                return array;
            }
        }

        return GC.AllocateUninitializedArray<byte>(bytesMin);
    }

    private static void Count(long bytes)
    {
        s_leftBytes += bytes;
        if (s_leftBytes < LeftBytesMax) return;
        s_leftBytes = 0;
        if (s_roundsDue == 0) s_collection.Change(s_delay, Timeout.InfiniteTimeSpan);
        s_roundsDue = Rounds;
    }

    private static void Collect(object? _)
    {
        lock (s_gate)
        {
            s_spare.Clear();
            if (--s_roundsDue > 0) s_collection.Change(s_delay, Timeout.InfiniteTimeSpan);
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}
