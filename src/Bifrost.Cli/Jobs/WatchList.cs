using Bifrost.Ledger.Signals;

namespace Bifrost.Cli.Jobs;

/// <summary>A job whose end is waited for.</summary>
internal sealed record WatchedJob(Guid JobId, string CustomId)
{
    /// <summary>How often it was polled before its end.</summary>
    public int Looks { get; init; }
}

/// <summary>
/// Jobs in the order of their submission, in which the server runs them too. One that had not ended comes back after a pause and
/// then goes first: so only the oldest are looked at, however many wait. Safe for several threads.
/// </summary>
internal sealed class WatchList(TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly AsyncSignal _changed = new();

    // All under _gate.
    private readonly Queue<WatchedJob> _fresh = [];
    private readonly PriorityQueue<WatchedJob, DateTimeOffset> _seen = new();
    private int _open;
    private bool _complete;

    public void Add(WatchedJob job)
    {
        lock (_gate)
        {
            _open++;
            _fresh.Enqueue(job);
            _changed.Pulse();
        }
    }

    /// <summary>No more will be added.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _complete = true;
            _changed.Pulse();
        }
    }

    /// <summary>The job has ended, and what it answered is written.</summary>
    public void Ended()
    {
        lock (_gate)
        {
            if (--_open == 0) _changed.Pulse();
        }
    }

    /// <summary>The job is still open.</summary>
    public void Later(WatchedJob job)
    {
        lock (_gate)
        {
            var pause = s_pause * Math.Pow(2, Math.Min(job.Looks, 10));
            _seen.Enqueue(job with { Looks = job.Looks + 1 }, time.GetUtcNow() + (pause < s_pauseMax ? pause : s_pauseMax));
            _changed.Pulse();
        }
    }

    /// <summary>The next one to look at; null when all have ended.</summary>
    public async Task<WatchedJob?> TakeAsync(CancellationToken cancel)
    {
        while (true)
        {
            var changed = _changed.Next;
            var wait = Timeout.InfiniteTimeSpan;
            lock (_gate)
            {
                var due = _seen.TryPeek(out _, out var at) ? at - time.GetUtcNow() : (TimeSpan?)null;
                if (due <= TimeSpan.Zero) return _seen.Dequeue();
                if (_fresh.TryDequeue(out var next)) return next;
                if (_complete && _open == 0) return null;
                if (due is { } left) wait = left;
            }

            // Without a change one of those that were seen is due again.
            await _changed.WaitAsync(changed, wait, time, cancel);
            cancel.ThrowIfCancellationRequested();
        }
    }
}
