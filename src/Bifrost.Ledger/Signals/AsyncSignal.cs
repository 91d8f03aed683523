namespace Bifrost.Ledger.Signals;

/// <summary>
/// Tells everyone who waits that something changed, and is ready for the next change at once. A waiter takes <see cref="Next"/>, then looks
/// at the state, then waits for what it took; a producer changes the state, then pulses. So no wake-up is lost between look and wait: a
/// pulse after the look completes the task that was taken before it. A wake-up says only that it is time to look again: the waiter may have
/// seen the change already, several pulses may wake it once, and the end of one wait wakes all who share its task. Waiters resume
/// asynchronously, in the context that they waited in, never inside of the call that wakes them. Thread-safe.
/// </summary>
public sealed class AsyncSignal
{
    private static readonly Action<object?> s_end = static turn => ((Turn)turn!).End();
    private static readonly TimerCallback s_endByTimer = static turn => ((Turn)turn!).End();

    // Null while nobody has taken it since the last pulse: a pulse that nobody waits for allocates nothing.
    private TaskCompletionSource? _next;

    /// <summary>Completes at the next pulse; the same task for everyone until then. It never fails and is never cancelled.</summary>
    public Task Next
    {
        get
        {
            if (Volatile.Read(ref _next) is { } known) return known.Task;
            var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _next, made, null) ?? made).Task;
        }
    }

    /// <summary>Wakes everyone who has taken <see cref="Next"/> since the last pulse.</summary>
    public void Pulse() => Interlocked.Exchange(ref _next, null)?.SetResult();

    /// <summary>Waits for a pulse, until the time is over, or until it is cancelled; it does not throw.</summary>
    /// <param name="next">What <see cref="Next"/> of this signal gave before the state was looked at.</param>
    /// <param name="most">
    /// How long, rounded up to whole milliseconds, so that a loop that waits for the rest of a time does not spin;
    /// <see cref="Timeout.InfiniteTimeSpan"/>: without a limit. Zero or less: it returns at once.
    /// </param>
    /// <param name="time">The clock of the limit.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task WaitAsync(Task next, TimeSpan most, TimeProvider time, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(time);
        var endless = most == Timeout.InfiniteTimeSpan;
        if (next.IsCompleted || cancel.IsCancellationRequested || (most <= TimeSpan.Zero && !endless)) return;
        var turn = new Turn(this, next);
        var limit = TimeSpan.FromMilliseconds(Math.Ceiling(most.TotalMilliseconds));
        await using var timer = endless ? null : time.CreateTimer(s_endByTimer, turn, limit, Timeout.InfiniteTimeSpan);
        await using var registration = cancel.UnsafeRegister(s_end, turn);
        await next;
    }

    /// <summary>One task of the signal, as the ends of a wait know it.</summary>
    private sealed record Turn(AsyncSignal Signal, Task Next)
    {
        /// <summary>Completes the task as a pulse would; nothing where it was pulsed before.</summary>
        public void End()
        {
            var source = Volatile.Read(ref Signal._next);
            if (source?.Task == Next && Interlocked.CompareExchange(ref Signal._next, null, source) == source) source.SetResult();
        }
    }
}
