using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Bifrost.Embedded.Runtime;

/// <summary>
/// Runs the turns of one activation, one at a time: first segments of calls, and the code after every await, which comes back here because
/// an await captures the scheduler. Its lock is the activation's lock too, so that a call is let in and given the turn in one step.
/// </summary>
internal sealed class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>Turns before the thread is given back, so that one busy grain does not keep it from the others.</summary>
    private const int TurnsPerThreadMax = 64;

    // Turns nest: a grain's first segment runs on the thread of the grain that called it.
    [ThreadStatic]
    private static int t_turns;

    // Guarded by Gate.
    private Queue<Task>? _queue;
    private bool _busy;

    // Owned by whoever holds the turn.
    private Task? _inline;

    public Lock Gate { get; } = new();

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>This thread is inside a turn of whatever grain, also where a continuation has left the grain's scheduler.</summary>
    public static bool IsThreadInTurn => t_turns > 0;

    /// <summary>The caller of this runs inside one of our turns.</summary>
    public bool IsInTurn => Current == this;

    /// <summary>Takes the turn for the calling thread if nobody has it and it is free to nest. Under <see cref="Gate"/>.</summary>
    public bool TryTake() => !_busy && RuntimeHelpers.TryEnsureSufficientExecutionStack() && (_busy = true);

    /// <summary>Runs <paramref name="task"/> on this thread, which has taken the turn, then hands on what came up meanwhile.</summary>
    public void RunTaken(Task task, bool andOneMore)
    {
        // An await prefers a synchronization context to a scheduler, and the caller's is none of the grain's business.
        var context = SynchronizationContext.Current;
        if (context is not null) SynchronizationContext.SetSynchronizationContext(null);
        _inline = task;
        t_turns++;
        // Runs within Start, see QueueTask. RunSynchronously looks at the stack once more, deeper down, and would wait for a turn that we hold.
        task.Start(this);
        if (andOneMore && TryDequeue(out var next)) TryExecuteTask(next);
        t_turns--;
        if (context is not null) SynchronizationContext.SetSynchronizationContext(context);
        lock (Gate)
        {
            if (_queue is not { Count: > 0 })
            {
                _busy = false;
                return;
            }
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (var turns = 0; turns < TurnsPerThreadMax; turns++)
        {
            Task? next;
            lock (Gate)
            {
                if (_queue is null || !_queue.TryDequeue(out next))
                {
                    _busy = false;
                    return;
                }
            }
            t_turns++;
            TryExecuteTask(next);
            t_turns--;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        if (task == _inline)
        {
            _inline = null;
            TryExecuteTask(task);
            return;
        }

        lock (Gate)
        {
            (_queue ??= new(2)).Enqueue(task);
            if (_busy) return;
            _busy = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && IsInTurn && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (Gate) return _queue?.ToArray() ?? [];
    }

    private bool TryDequeue([NotNullWhen(true)] out Task? task)
    {
        task = null;
        lock (Gate) return _queue is not null && _queue.TryDequeue(out task);
    }
}
