namespace Bifrost.Simulation;

/// <summary>A clock that jumps from one timer to the next. Timers due at the same time fire in the order they were set.</summary>
internal sealed class SimClock : TimeProvider
{
    private readonly PriorityQueue<(SimTimer Timer, int Version), (long Ticks, long Order)> _due = new();
    private DateTimeOffset _now = new(2026, 1, 31, 23, 59, 30, TimeSpan.Zero);
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs <paramref name="action"/> after a time, whoever lives then.</summary>
    public void After(TimeSpan delay, Action action) => CreateTimer(_ => action(), null, delay, Timeout.InfiniteTimeSpan);

    /// <summary>Jumps to the next timer and fires it; false when there is none.</summary>
    public bool FireNext()
    {
        while (_due.TryDequeue(out var next, out var at))
        {
            if (next.Timer.Version != next.Version) continue;
            if (at.Ticks > _now.Ticks) _now = new DateTimeOffset(at.Ticks, TimeSpan.Zero);
            next.Timer.Fire();
            return true;
        }

        return false;
    }

    private sealed class SimTimer(SimClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public int Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Version++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan) Enqueue(dueTime);
            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero) Enqueue(_period);
            callback(state);
        }

        public void Dispose() => Version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Enqueue(TimeSpan after) => clock._due.Enqueue((this, Version), ((clock._now + after).Ticks, clock._order++));
    }
}
