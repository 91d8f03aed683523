namespace Bifrost.Keys.Tests.Limits;

/// <summary>One activation's turns: whatever is awaited under it goes on here, on the test's own thread, when the test says so.</summary>
internal sealed class Turns : SynchronizationContext, IDisposable
{
    private readonly SynchronizationContext? _before = Current;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _due = [];

    public Turns() => SetSynchronizationContext(this);

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_due) _due.Enqueue((d, state));
    }

    /// <summary>Runs everything that can run now.</summary>
    public void Drain()
    {
        while (true)
        {
            (SendOrPostCallback Callback, object? State) next;
            lock (_due)
            {
                if (!_due.TryDequeue(out next)) return;
            }

            next.Callback(next.State);
        }
    }

    public void Dispose() => SetSynchronizationContext(_before);
}
