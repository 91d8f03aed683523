using System.Numerics;

namespace Bifrost.Calls.Dispatch;

/// <summary>Counts of times in milliseconds, each in a bucket that is at most an eighth of its times wide. Not thread-safe.</summary>
internal sealed class LatencyBuckets
{
    private const int PartBits = 3;
    private const int Parts = 1 << PartBits;

    /// <summary>Longer times count as this one: more than an hour.</summary>
    private const int MsMax = (1 << 22) - 1;

    private readonly int[] _counts = new int[IndexOf(MsMax) + 1];

    public void Add(long ms) => _counts[IndexOf((int)Math.Clamp(ms, 0, MsMax))]++;

    public void Add(LatencyBuckets other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    public void Clear() => Array.Clear(_counts);

    /// <summary>The time that so many of a thousand do not exceed, rounded up to the end of its bucket; null where nothing was counted.</summary>
    public long? AtMost(int permille)
    {
        long total = 0;
        foreach (var count in _counts) total += count;
        if (total == 0) return null;
        var rank = Math.Max(1, ((total * permille) + 999) / 1_000);
        long seen = 0;
        var index = -1;
        while (seen < rank) seen += _counts[++index];
        return EndOf(index);
    }

    private static int IndexOf(int ms)
    {
        if (ms < Parts) return ms;
        var power = BitOperations.Log2((uint)ms);
        return ((power - PartBits + 1) << PartBits) + ((ms >> (power - PartBits)) & (Parts - 1));
    }

    private static long EndOf(int index)
    {
        if (index < Parts) return index;
        var shift = (index >> PartBits) - 1;
        return ((Parts + (index & (Parts - 1)) + 1L) << shift) - 1;
    }
}
