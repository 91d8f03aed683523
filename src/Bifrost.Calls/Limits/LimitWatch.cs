using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Limits;

/// <summary>
/// Tells operators which limits are reached: each time in the metric, and once a minute for each limit in the log. One per process; thread-safe.
/// </summary>
public sealed class LimitWatch
{
    private readonly Counter<long> _reached;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly QuietLine[] _lines;
    private readonly ILogger<LimitWatch> _log;

    public LimitWatch(IMeterFactory meters, TimeProvider time, ILogger<LimitWatch> log)
    {
        _log = log;
        _reached = meters.Create("Bifrost.Calls").CreateCounter<long>(
            "bifrost.limits.reached", "{time}", "How often a limit refused, closed or slowed something, by the limit's name.");
        var limits = Enum.GetValues<Limit>();
        _tags = new KeyValuePair<string, object?>[limits.Length];
        _lines = new QuietLine[limits.Length];
        foreach (var limit in limits)
        {
            _tags[(int)limit] = new("limit", LimitWords.Of(limit));
            _lines[(int)limit] = new QuietLine(time);

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
        if (_lines[(int)limit].TryAgain() is { } times) Log.LimitReached(_log, LimitWords.Of(limit), times, who);
    }
}
