namespace Bifrost.Simulation;

/// <summary>Runs everything on one thread; which of the ready continuations comes next is the seed's choice.</summary>
internal sealed class SimContext(Random random) : SynchronizationContext
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;

    /// <summary>True on its thread while it runs.</summary>
    public bool IsCurrent => Current == this && Environment.CurrentManagedThreadId == _thread;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("Something left the simulation's thread; the run would not repeat.");
        _ready.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs a scenario to its end, however long that is on its clock.</summary>
    /// <param name="scenario">Begins it.</param>
    /// <param name="clock">Moves on when nothing is ready.</param>
    /// <param name="longest">The most that a scenario takes.</param>
    /// <param name="check">Looks after every step; throws what went wrong.</param>
    /// <param name="broken">Makes what is thrown when it does not end.</param>
    public void Run(Func<Task> scenario, SimClock clock, TimeSpan longest, Action check, Func<string, Exception> broken)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var running = scenario();
            var end = clock.GetUtcNow() + longest;
            while (!running.IsCompleted)
            {
                while (RunOne()) check();
                check();
                if (running.IsCompleted) break;
                if (!clock.FireNext() || clock.GetUtcNow() > end) throw broken("the scenario does not end");
            }

            Finished.Check(running);
            check();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private bool RunOne()
    {
        if (_ready.Count == 0) return false;
        var index = random.Next(_ready.Count);
        var (callback, state) = _ready[index];
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        callback(state);
        return true;
    }
}
