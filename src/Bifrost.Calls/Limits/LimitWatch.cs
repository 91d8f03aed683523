using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Limits;

/// <summary>
/// Tells operators which limits are reached: each time in the metric, and once a minute for each limit in the log. One per process; thread-safe.
/// </summary>
public sealed class LimitWatch
{
    /// <summary>One line for a limit in this time says it.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    private readonly Counter<long> _reached;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Said[] _said;
    private readonly TimeProvider _time;
    private readonly ILogger<LimitWatch> _log;

    public LimitWatch(IMeterFactory meters, TimeProvider time, ILogger<LimitWatch> log)
    {
        (_time, _log) = (time, log);
        _reached = meters.Create("Bifrost.Calls").CreateCounter<long>(
            "bifrost.limits.reached", "{time}", "How often a limit refused, closed or slowed something, by the limit's name.");
        var limits = Enum.GetValues<Limit>();
        _tags = new KeyValuePair<string, object?>[limits.Length];
        _said = new Said[limits.Length];
        foreach (var limit in limits)
        {
            _tags[(int)limit] = new("limit", LimitWords.Of(limit));
            _said[(int)limit] = new Said();

            // A counter that is not there until it counts hides its first event from every rate.
            _reached.Add(0, _tags[(int)limit]);
        }
    }

    /// <summary>A limit was reached.</summary>
    /// <param name="limit">Which.</param>
    /// <param name="who">By whom: a virtual key's id or an address; never a secret.</param>
    public void Reached(Limit limit, string who)
    {
        _reached.Add(1, _tags[(int)limit]);
        if (_said[(int)limit].TryAgain(_time) is { } times) Log.LimitReached(_log, LimitWords.Of(limit), times, who);
    }

    private sealed class Said
    {
        // 0: never.
        private long _at;
        private long _times;

        /// <summary>How often it was reached since the last line; null while that was a moment ago.</summary>
        public long? TryAgain(TimeProvider time)
        {
            Interlocked.Increment(ref _times);
            var before = Volatile.Read(ref _at);
            var now = time.GetTimestamp();
            if (before != 0 && time.GetElapsedTime(before, now) < s_quiet) return null;
            return Interlocked.CompareExchange(ref _at, Math.Max(1, now), before) == before ? Interlocked.Exchange(ref _times, 0) : null;
        }
    }
}
