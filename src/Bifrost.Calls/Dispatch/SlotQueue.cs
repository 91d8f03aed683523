namespace Bifrost.Calls.Dispatch;

/// <summary>
/// A bound on calls at once, with a bounded queue before it, first come, first served. Both bounds are passed in with every call,
/// since they may change: a lowered one binds the next call, a raised one lets the waiting in. Thread-safe.
/// </summary>
public sealed class SlotQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _running;

    /// <summary>Slots that are taken.</summary>
    public int Running
    {
        get { lock (_gate) return _running; }
    }

    /// <summary>Callers that wait for one.</summary>
    public int Waiting
    {
        get { lock (_gate) return _waiting.Count; }
    }

    /// <summary>Takes a slot, or a place in the queue, or neither.</summary>
    /// <returns>Entered: the slot is the caller's. Waiting: <paramref name="turn"/> completes when it is. Full: nothing was taken.</returns>
    public SlotAnswer Enter(int slotsMax, int queueMax, out Task turn, out LinkedListNode<TaskCompletionSource>? place)
    {
        turn = Task.CompletedTask;
        place = null;
        lock (_gate)
        {
            Admit(slotsMax);
            if (_running < slotsMax && _waiting.Count == 0)
            {
                _running++;
                return SlotAnswer.Entered;
            }
            if (_waiting.Count >= queueMax) return SlotAnswer.Full;
            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            turn = place.Value.Task;
            return SlotAnswer.Waiting;
        }
    }

    /// <summary>Gives up a place. False: its turn has come meanwhile, and the slot is the caller's.</summary>
    public bool TryLeaveQueue(LinkedListNode<TaskCompletionSource> place)
    {
        lock (_gate)
        {
            if (place.List is null) return false;
            _waiting.Remove(place);
            return true;
        }
    }

    /// <summary>Gives a slot back and lets the next one in.</summary>
    public void Exit(int slotsMax)
    {
        lock (_gate)
        {
            if (_running == 0) throw new InvalidOperationException("A slot was given back twice.");
            _running--;
            Admit(slotsMax);
        }
    }

    private void Admit(int slotsMax)
    {
        while (_running < slotsMax && _waiting.First is { } next)
        {
            _waiting.RemoveFirst();
            _running++;
            next.Value.SetResult();
        }
    }
}

/// <summary>What became of asking for a slot.</summary>
public enum SlotAnswer
{
    Entered,
    Waiting,
    Full,
}
