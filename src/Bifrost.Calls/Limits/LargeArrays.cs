using System.Buffers;

namespace Bifrost.Calls.Limits;

/// <summary>Gives rented arrays back: large ones to the garbage collector, since the pool would keep them for every thread.</summary>
public static class LargeArrays
{
    private const int PooledMax = 1 << 20;

    public static void Return(byte[] rented)
    {
        if (rented.Length is > 0 and <= PooledMax) ArrayPool<byte>.Shared.Return(rented);
    }
}
