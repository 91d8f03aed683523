using System.Globalization;

namespace Bifrost.GcWatch;

/// <summary>The collections and the allocated bytes since the line before.</summary>
internal sealed class Collections
{
    private static readonly GCKind[] s_kinds = [GCKind.Ephemeral, GCKind.FullBlocking, GCKind.Background];

    private readonly Lock _lock = new();
    private readonly long[] _noted = new long[s_kinds.Length];
    private readonly List<double> _pausesMs = [];
    private double _longestMs;
    private long _promotedBytes;
    private State _before = State.Now(precise: false);

    /// <summary>Notes the last collection of each kind, once. Runs after every collection.</summary>
    public void Note()
    {
        lock (_lock)
            for (var kind = 0; kind < s_kinds.Length; kind++)
            {
                var info = GC.GetGCMemoryInfo(s_kinds[kind]);
                if (info.Index == _noted[kind]) continue;
                _noted[kind] = info.Index;
                Note(info);
            }
    }

    /// <summary>
    /// Seven figures and a line end: bytes allocated; collections of generation 0; of older ones; median pause of those of generation 0 and longest
    /// pause of all in ms; share of all pauses in the time in percent; mean of the bytes promoted by one of generation 0. Without any: <c>-</c>.
    /// </summary>
    public string Line()
    {
        var now = State.Now(precise: true);
        lock (_lock)
        {
            var before = _before;
            _pausesMs.Sort();
            var (count, median, promoted) = _pausesMs.Count > 0
                ? (_pausesMs.Count, Text(_pausesMs[_pausesMs.Count / 2]), Text(_promotedBytes / _pausesMs.Count))
                : (0, "-", "-");
            var older = now.Older - before.Older;
            var longest = count + older > 0 ? Text(_longestMs) : "-";
            var share = 100 * (now.Paused - before.Paused) / TimeProvider.System.GetElapsedTime(before.At, now.At);
            (_before, _longestMs, _promotedBytes) = (now, 0, 0);
            _pausesMs.Clear();
            return string.Create(CultureInfo.InvariantCulture,
                $"{now.AllocatedBytes - before.AllocatedBytes} {count} {older} {median} {longest} {share:F2} {promoted}\n");
        }
    }

    private void Note(in GCMemoryInfo info)
    {
        // A background collection pauses twice.
        foreach (var pause in info.PauseDurations) _longestMs = Math.Max(_longestMs, pause.TotalMilliseconds);
        if (info.Generation > 0) return;
        _pausesMs.Add(info.PauseDurations[0].TotalMilliseconds);
        _promotedBytes += info.PromotedBytes;
    }

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <param name="At">Timestamp.</param>
    /// <param name="AllocatedBytes">Since the process began, as all below.</param>
    /// <param name="Older">Collections of generation 1 or 2.</param>
    /// <param name="Paused">Pauses of all collections.</param>
    private readonly record struct State(long At, long AllocatedBytes, int Older, TimeSpan Paused)
    {
        /// <param name="precise">Counts the rest of every thread's allocation buffer; stops the threads for a moment.</param>
        public static State Now(bool precise) =>
            new(TimeProvider.System.GetTimestamp(), GC.GetTotalAllocatedBytes(precise), GC.CollectionCount(1), GC.GetTotalPauseDuration());
    }
}
