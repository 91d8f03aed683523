using System.Threading.Tasks.Sources;
using Bifrost.Calls.Contracts;

namespace Bifrost.Simulation.Attackers;

/// <summary>
/// An upstream's stream whose events come at their times. Its waits end on the simulation's thread whatever their reader asks for, since the
/// product drains streams away from its caller's context.
/// </summary>
/// <param name="clock">The clock of the process that reads it.</param>
/// <param name="call">What is truly done.</param>
/// <param name="events">Each with its time.</param>
internal sealed class AnswerStream(TimeProvider clock, TrueCall call, IReadOnlyList<(DateTimeOffset At, StreamEvent Event)> events)
    : StreamBody, IValueTaskSource<StreamEvent>
{
    private ManualResetValueTaskSourceCore<StreamEvent> _source;
    private CancellationTokenRegistration _left;
    private ITimer? _timer;
    private bool _waiting;
    private int _next;

    public override ValueTask<StreamEvent> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var wait = events[_next].At - clock.GetUtcNow();
        if (wait <= TimeSpan.Zero) return new ValueTask<StreamEvent>(Take());
        _source.Reset();
        _waiting = true;
        _timer = clock.CreateTimer(_ => Due(), null, wait, Timeout.InfiniteTimeSpan);
        _left = cancellationToken.UnsafeRegister(static (self, token) => ((AnswerStream)self!).Left(token), this);
        return new ValueTask<StreamEvent>(this, _source.Version);
    }

    public override ValueTask DisposeAsync()
    {
        _timer?.Dispose();
        call.Close(clock.GetUtcNow());
        return ValueTask.CompletedTask;
    }

    StreamEvent IValueTaskSource<StreamEvent>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<StreamEvent>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<StreamEvent>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private StreamEvent Take()
    {
        var next = events[_next++].Event;

        // The usage stands before the end mark.
        if (events[^1].Event.Kind == StreamEventKind.Done && _next >= events.Count - 1) call.Told = true;
        if (next.Kind == StreamEventKind.Done) call.Ended = true;
        else if (next.Kind == StreamEventKind.Failed && next.Failure is { FromProvider: true }) call.Stop(clock.GetUtcNow());
        else if (next.Kind == StreamEventKind.Failed) call.Close(clock.GetUtcNow());
        return next;
    }

    private void Due()
    {
        if (!_waiting) return;
        _waiting = false;
        _left.Unregister();
        _source.SetResult(Take());
    }

    private void Left(CancellationToken token)
    {
        if (!_waiting) return;
        _waiting = false;
        _timer?.Dispose();
        _source.SetException(new OperationCanceledException(token));
    }
}
