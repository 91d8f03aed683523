namespace Bifrost.Calls.Limits;

/// <summary>What one owner has of something that many share. Thread-safe.</summary>
public sealed class Share
{
    private const long Retired = long.MinValue;

    private long _taken;

    /// <summary>What the owner has now.</summary>
    public long Taken => Math.Max(0, Volatile.Read(ref _taken));

    internal bool IsRetired => Volatile.Read(ref _taken) == Retired;

    public void GiveBack(long amount) => Interlocked.Add(ref _taken, -amount);

    internal bool TryTake(long amount, long max)
    {
        while (true)
        {
            var taken = Volatile.Read(ref _taken);
            if (taken == Retired || taken + amount > max) return false;
            if (Interlocked.CompareExchange(ref _taken, taken + amount, taken) == taken) return true;
        }
    }

    /// <summary>True when the owner has nothing: from now on nothing can be taken here.</summary>
    internal bool TryRetire() => Interlocked.CompareExchange(ref _taken, Retired, 0) == 0;
}
