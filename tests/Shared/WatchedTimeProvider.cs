namespace Bifrost.Testing;

/// <summary>A fake clock that also says how many timers wait on it: what runs on other threads is at rest when it waits.</summary>
internal sealed class WatchedTimeProvider : FakeTimeProvider
{
    private int _timers;

    public int TimersWaiting => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return new Watched(this, base.CreateTimer(callback, state, dueTime, period));
    }

    /// <summary>Whoever waited for a timer disposes it when the wait is over.</summary>
    private sealed class Watched(WatchedTimeProvider clock, ITimer timer) : ITimer
    {
        private int _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref clock._timers);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
