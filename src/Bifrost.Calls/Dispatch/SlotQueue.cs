namespace Bifrost.Calls.Dispatch;

/// <summary>
/// A bound on calls at once, with a bounded queue before it, both shared by keys. A key may have three times as many slots as stay free besides,
/// and the first one always: so one key alone takes three quarters, a second one finds room at once, and keys that all want more come to equal shares.
/// The same holds for places in the queue. Keys that wait take turns; within a key it is first come, first served. Bounds are passed in with
/// every call, since they may change: a lowered one binds the next call, a raised one lets the waiting in. Thread-safe.
/// </summary>
public sealed class SlotQueue
{
    /// <summary>How many times what stays free one key may have.</summary>
    private const int ShareFactor = 3;

    /// <summary>Keys without calls that are remembered at most, so that a usual call makes nothing anew.</summary>
    private const int LanesKeptMax = 1_024;

    private readonly Lock _gate = new();

    // All under _gate.
    private readonly Dictionary<string, SlotLane> _lanes = new(StringComparer.Ordinal);
    private readonly LinkedList<SlotLane> _turns = new();
    private int _running;
    private int _waiting;

    /// <summary>Slots that are taken.</summary>
    public int Running
    {
        get { lock (_gate) return _running; }
    }

    /// <summary>Callers that wait for one.</summary>
    public int Waiting
    {
        get { lock (_gate) return _waiting; }
    }

    /// <summary>Takes a slot, or a place in the queue, or neither.</summary>
    /// <returns>Entered: the slot is the caller's. Waiting: <paramref name="turn"/> completes when it is. Else nothing was taken.</returns>
    public SlotAnswer Enter(string key, int slotsMax, int queueMax, out Task turn, out SlotPlace place)
    {
        turn = Task.CompletedTask;
        lock (_gate)
        {
            Admit(slotsMax);
            var lane = LaneOf(key);
            place = new SlotPlace(lane);
            if (lane.Waiting.Count == 0 && MayHave(lane.Running, slotsMax - _running))
            {
                lane.Running++;
                _running++;
                return SlotAnswer.Entered;
            }

            if (!MayHave(lane.Waiting.Count, queueMax - _waiting))
                return lane.Waiting.Count > 0 || (lane.Running > 0 && _running < slotsMax) ? SlotAnswer.ShareFull : SlotAnswer.Full;
            var node = lane.Waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiting++;
            lane.Turn ??= _turns.AddLast(lane);
            (turn, place) = (node.Value.Task, new SlotPlace(lane, node));
            return SlotAnswer.Waiting;
        }
    }

    /// <summary>Gives up a place. False: its turn has come meanwhile, and the slot is the caller's.</summary>
    public bool TryLeaveQueue(SlotPlace place)
    {
        lock (_gate)
        {
            if (place.Waiting is not { List: not null } node) return false;
            Remove(place.Lane, node);
            return true;
        }
    }

    /// <summary>Gives a slot back and lets the next one in.</summary>
    public void Exit(SlotPlace place, int slotsMax)
    {
        lock (_gate)
        {
            if (place.Lane.Running == 0) throw new InvalidOperationException("A slot was given back twice.");
            place.Lane.Running--;
            _running--;
            Admit(slotsMax);
        }
    }

    /// <summary>Whether one who has so many may have one more, where so many are free.</summary>
    private static bool MayHave(int has, int free) => free > 0 && (has == 0 || has + 1 <= ShareFactor * (free - 1));

    /// <summary>Lets in who waits, key by key, as far as slots and shares go.</summary>
    private void Admit(int slotsMax)
    {
        var passed = 0;
        while (_running < slotsMax && passed < _turns.Count)
        {
            var lane = _turns.First!.Value;
            _turns.RemoveFirst();
            _turns.AddLast(lane.Turn!);
            if (!MayHave(lane.Running, slotsMax - _running))
            {
                passed++;
                continue;
            }

            var next = lane.Waiting.First!;
            Remove(lane, next);
            lane.Running++;
            _running++;
            passed = 0;
            next.Value.SetResult();
        }
    }

    private void Remove(SlotLane lane, LinkedListNode<TaskCompletionSource> node)
    {
        lane.Waiting.Remove(node);
        _waiting--;
        if (lane.Waiting.Count > 0 || lane.Turn is not { } turn) return;
        _turns.Remove(turn);
        lane.Turn = null;
    }

    private SlotLane LaneOf(string key)
    {
        if (_lanes.TryGetValue(key, out var known)) return known;
        if (_lanes.Count >= LanesKeptMax)
        {
            // Removing while walking is allowed on a dictionary.
            foreach (var (name, lane) in _lanes)
                if (lane.Running == 0 && lane.Waiting.Count == 0) _lanes.Remove(name);
        }

        var made = new SlotLane(key);
        _lanes.Add(key, made);
        return made;
    }
}
