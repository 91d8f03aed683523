namespace Bifrost.Jobs.Rules;

/// <summary>
/// An auto-reset event for one waiter at a time. A set without a waiter is kept for the next wait; several sets count as one. The waiter
/// continues on its synchronization context, or on the thread pool where it has none, never inside <see cref="Set"/>. Thread-safe.
/// </summary>
public sealed class WakeSignal
{
    private readonly Lock _gate = new();

    // Both under _gate.
    private bool _isSet;
    private TaskCompletionSource<bool>? _waiter;

    public void Set()
    {
        lock (_gate)
        {
            // A waiter whose time is over does not take the set away from the next one.
            if (_waiter?.TrySetResult(true) != true) _isSet = true;
            _waiter = null;
        }
    }

    /// <summary>True: it was set. False: <paramref name="limit"/> is over.</summary>
    public async Task<bool> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancel = default)
    {
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isSet)
            {
                _isSet = false;
                return true;
            }

            _waiter = waiter;
        }

        await using var timer = time.CreateTimer(
            static state => ((TaskCompletionSource<bool>)state!).TrySetResult(false), waiter, limit, Timeout.InfiniteTimeSpan);
        await using var cancelling = cancel.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<bool>)state!).TrySetCanceled(token), waiter);
        return await waiter.Task;
    }
}
