using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

/// <summary>A timer of one activation. A tick is a call without a caller; the next is due a period after it ended.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly CancellationTokenSource _stopped = new();
    private readonly GrainMethod _tick;
    private readonly ITimer _timer;

    // Owned by the activation's turns, but for the clock's thread that sets _firing.
    private TimeSpan _next;
    private TimeSpan _period;
    private bool _changed;
    private volatile bool _firing;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _tick = new GrainAction(
            "Timer", new MethodTraits(IsTick: true, AlwaysInterleave: options.Interleave, CountsAsUse: options.KeepAlive), (_, _) => TickAsync());
        // The clock must not carry the ambient values of the call that happened to make the timer.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            _timer = activation.Silo.Time.CreateTimer(static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        (_next, _period, _changed) = (dueTime, period, true);
        if (!_firing) _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        if (_stopped.IsCancellationRequested) return;
        _stopped.Cancel();
        _timer.Dispose();
        _activation.Forget(this);
    }

    private void Fire()
    {
        _firing = true;
        if (!_stopped.IsCancellationRequested) _activation.Accept(new Call(_activation.Silo, _tick, []));
    }

    private async Task TickAsync()
    {
        if (_stopped.IsCancellationRequested) return;
        _changed = false;
        try
        {
            await _callback(_stopped.Token);
        }
        catch (Exception exception) when (!(_stopped.IsCancellationRequested && exception is OperationCanceledException))
        {
            Log.TimerFailed(_activation.Silo.Logger, _activation.GrainId, exception);
            throw;
        }
        finally
        {
            _firing = false;
            if (!_stopped.IsCancellationRequested) _timer.Change(_changed ? _next : _period, Timeout.InfiniteTimeSpan);
        }
    }
}
