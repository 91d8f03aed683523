namespace Bifrost.Embedded.Runtime;

/// <summary>
/// One call on its way through an activation. A call whose first segment ends it never gets a <see cref="Reply"/>: its own task is the
/// answer.
/// </summary>
internal sealed class Call(Silo silo, GrainMethod method, object?[] arguments)
{
    private static readonly Action<Task, object?> s_ended = static (task, call) => ((Call)call!).End(task);

    private object?[] _arguments = arguments;

    public GrainMethod Method { get; } = method;

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

    public bool IsAnswered => Reply is { Task.IsCompleted: true };

    /// <summary>Makes the caller wait instead of carrying the first segment. Called before anybody else can see the call.</summary>
    public void Suspend()
    {
        if (Reply is not null || Method.Traits.IsTick) return;
        Reply = Method.NewReply();
        Answer = Reply.Task;
        silo.Pending.Add(this);
    }

    /// <summary>Runs the first segment, inside a turn of <see cref="Target"/>.</summary>
    public void Begin()
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

    public void Fail(Exception exception)
    {
        if (Reply is null) return;
        Reply.TryFail(exception);
        silo.Pending.Remove(this);
    }

    /// <summary>Ends the wait, not the call: a segment under way goes on and its answer is dropped.</summary>
    public void TimeOut(TimeSpan after)
    {
        var target = Target;
        if (Reply!.TryFail(new TimeoutException($"{Method.Name} of grain {target?.GrainId} did not answer within {after}."))) target?.Forget(this);
    }

    private void End(Task task)
    {
        // First the activation, so that whoever gets the answer finds the gate open and a conflict already acted upon.
        Target!.End(this, task);
        if (Reply is null) return;
        Reply.TryCompleteFrom(task);
        silo.Pending.Remove(this);
    }
}
