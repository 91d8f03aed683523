namespace Bifrost.Embedded.Runtime;

/// <summary>
/// One call on its way through an activation. A call whose first segment ends it never gets a <see cref="Reply"/>: its own task is the
/// answer.
/// </summary>
internal sealed class Call : IThreadPoolWorkItem
{
    private static readonly Action<object?> s_begin = static call => ((Call)call!).Begin();
    private static readonly Action<Task, object?> s_ended = static (task, call) => ((Call)call!).End(task);

    private readonly Silo _silo;
    private object?[] _arguments;

    // Interlocked: the first outcome is the answer.
    private int _answered;

    // Set before the call is queued for its own delivery.
    private Task? _outcome;

    public Call(Silo silo, GrainMethod method, object?[] arguments)
    {
        _silo = silo;
        _arguments = arguments;
        Method = method;
        Turn = new Task(s_begin, this);
    }

    public GrainMethod Method { get; }

    /// <summary>The first segment. Made with the call, so that it carries the caller's ambient values however long the call waits.</summary>
    public Task Turn { get; }

    /// <summary>Where the call waits or runs. Written under the activation's lock.</summary>
    public Activation? Target { get; set; }

    /// <summary>The place in the activation's queue while waiting there. Written under the activation's lock.</summary>
    public LinkedListNode<Call>? Place { get; set; }

    public IReply? Reply { get; private set; }

    /// <summary>What the caller gets.</summary>
    public Task Answer { get; private set; } = Task.CompletedTask;

    /// <summary>Links in the table of pending calls. Written under its lock.</summary>
    public Call? Previous { get; set; }

    public Call? Next { get; set; }

    public PendingCalls.Shard? Shard { get; set; }

    /// <summary>Engine timestamp after which the caller stops waiting.</summary>
    public long DueAt { get; set; }

    public bool IsAnswered => Volatile.Read(ref _answered) != 0;

    /// <summary>Makes the caller wait instead of carrying the first segment. Called before anybody else can see the call.</summary>
    public void Suspend()
    {
        if (Reply is not null || Method.Traits.IsTick) return;
        Reply = Method.NewReply();
        Answer = Reply.Task;
        _silo.Pending.Add(this);
    }

    public void Fail(Exception exception)
    {
        if (Reply is null) return;
        TryAnswer(Method.Failed(exception), here: false);
        _silo.Pending.Remove(this);
    }

    /// <summary>Ends the wait, not the call: a segment under way goes on and its answer is dropped.</summary>
    public void TimeOut(TimeSpan after)
    {
        var target = Target;
        var late = Method.Failed(new TimeoutException($"{Method.Name} of grain {target?.GrainId} did not answer within {after}."));
        if (TryAnswer(late, here: false)) target?.Forget(this);
    }

    void IThreadPoolWorkItem.Execute() => Reply!.CompleteFrom(_outcome!);

    private void Begin()
    {
        var target = Target!;
        var task = Method.Begin(target.GrainInstance!, _arguments);
        _arguments = [];
        if (task.IsCompleted)
        {
            if (Reply is null) Answer = task;
            End(task);
            return;
        }
        Suspend();
        // Runs where the grain's last segment ends, which is inside its turn; the default scheduler only says "do not queue".
        _ = task.ContinueWith(s_ended, this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void End(Task task)
    {
        // First the activation, so that whoever gets the answer finds the gate open and a conflict already acted upon.
        Target!.End(this, task);
        if (Reply is null) return;
        _silo.Pending.Remove(this);
        // A segment that ended outside of any turn holds up nobody: its thread goes on as the caller.
        TryAnswer(task, here: !TurnScheduler.IsThreadInTurn);
    }

    /// <param name="outcome">A task that has ended.</param>
    /// <param name="here">The caller goes on on this thread, otherwise on one of the pool.</param>
    private bool TryAnswer(Task outcome, bool here)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0) return false;
        _outcome = outcome;
        if (here) Reply!.CompleteFrom(outcome);
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }
}
