using System.Buffers;
using System.Numerics;

namespace Bifrost.Calls.Limits;

/// <summary>Byte arrays by size: small ones come from the shared pool, large ones from the garbage collector, since the pool keeps them for every thread.</summary>
public static class LargeArrays
{
    private const int PooledMax = 1 << 20;

    /// <summary>Bytes of dead large arrays that stand until a collection is asked for.</summary>
    private const long LeftBytesMax = 64 << 20;

    /// <summary>From then on until it runs, so that whoever left an array has let go of it.</summary>
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(500);

    private static readonly ITimer s_collection = TimeProvider.System.CreateTimer(Collect, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private static long s_leftBytes;
    private static bool s_isDue;

    /// <summary>Bytes of the array that is rented for so many.</summary>
    public static int Rented(int bytesMin) => bytesMin <= PooledMax ? (int)BitOperations.RoundUpToPowerOf2((uint)bytesMin) : bytesMin;

    /// <summary>An array of <see cref="Rented"/> bytes; their values are undefined.</summary>
    public static byte[] Rent(int bytesMin) =>
        bytesMin <= PooledMax ? ArrayPool<byte>.Shared.Rent(bytesMin) : GC.AllocateUninitializedArray<byte>(bytesMin);

    /// <summary>Gives back an array that nobody reads any more.</summary>
    public static void Return(byte[] rented)
    {
        if (rented.Length is > 0 and <= PooledMax) ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>
    /// Told when large arrays have died. The collector would let them stand until they are as many as the live ones, or more; asked to run beside the
    /// calls now and then, it makes the limits of rooms limits of memory.
    /// </summary>
    public static void Leave(long bytes)
    {
        if (bytes <= PooledMax || Interlocked.Add(ref s_leftBytes, bytes) < LeftBytesMax || Interlocked.Exchange(ref s_isDue, true)) return;
        s_collection.Change(s_delay, Timeout.InfiniteTimeSpan);
    }

    private static void Collect(object? _)
    {
        Volatile.Write(ref s_isDue, false);
        Interlocked.Exchange(ref s_leftBytes, 0);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}
