namespace Bifrost.Calls.Limits;

/// <summary>A line of the log that is written at most once in a time, however often there is reason for it. Thread-safe.</summary>
/// <param name="time">The clock.</param>
internal sealed class QuietLine(TimeProvider time)
{
    /// <summary>One line in this time says it.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    // 0: never.
    private long _at;
    private long _times;

    /// <summary>How often there was reason since the last line, this time included; null while that was a moment ago.</summary>
    public long? TryAgain()
    {
        Interlocked.Increment(ref _times);
        var before = Volatile.Read(ref _at);
        var now = time.GetTimestamp();
        if (before != 0 && time.GetElapsedTime(before, now) < s_quiet) return null;
        return Interlocked.CompareExchange(ref _at, Math.Max(1, now), before) == before ? Interlocked.Exchange(ref _times, 0) : null;
    }
}
