namespace Bifrost.Calls.Limits;

/// <summary>
/// The room for large answers in memory, of calls and of jobs' results, with a share for each key: one whose readers are slow keeps its own next
/// answers waiting, upstream or in the store, and no others. Small answers are not counted: slots and connections bound those. Thread-safe.
/// </summary>
/// <param name="bytesMax">Bytes of all keys.</param>
/// <param name="shareBytesMax">Bytes of one key; an answer that is larger takes all of them.</param>
/// <param name="watch">Told when an answer has to wait.</param>
public sealed class AnswerRoom(long bytesMax, long shareBytesMax, LimitWatch? watch = null)
{
    /// <summary>Answers up to this size are not counted.</summary>
    public const int SmallBytes = 256 << 10;

    private readonly Lock _gate = new();

    // All under _gate.
    private readonly Dictionary<string, long> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<Waiter> _waiting = new();
    private long _taken;

    /// <summary>Bytes that are taken.</summary>
    public long Taken
    {
        get { lock (_gate) return _taken; }
    }

    /// <summary>Answers that wait for room.</summary>
    public int Waiting
    {
        get { lock (_gate) return _waiting.Count; }
    }

    /// <summary>What may be taken of so much.</summary>
    internal long Fitting(long bytes) => Math.Min(bytes, Math.Min(shareBytesMax, bytesMax));

    /// <summary>Takes room for an answer that has none, once there is some. Cancelled: nothing was taken.</summary>
    internal async ValueTask TakeAsync(string key, long bytes, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> place;
        bool isOwn;
        lock (_gate)
        {
            isOwn = !FitsShare(key, bytes);
            place = _waiting.AddLast(new Waiter(key, bytes));
            Admit();
            if (place.List is null) return;
        }

        watch?.Reached(isOwn ? Limit.AnswersKey : Limit.AnswersRoom, key);
        try
        {
            await place.Value.Turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                // Its turn may have come in the same moment.
                if (place.List is null) GiveBackLocked(key, bytes);
                else _waiting.Remove(place);
                Admit();
            }

            throw;
        }
    }

    internal void GiveBack(string key, long bytes)
    {
        lock (_gate)
        {
            GiveBackLocked(key, bytes);
            Admit();
        }
    }

    /// <summary>
    /// Lets in who waits, in their order. One that waits for its own key's answers is passed over; for one that waits for the room itself all
    /// others wait, so that small ones do not keep it out.
    /// </summary>
    private void Admit()
    {
        for (var place = _waiting.First; place is not null;)
        {
            var (next, waiter) = (place.Next, place.Value);
            if (FitsShare(waiter.Key, waiter.Bytes))
            {
                if (_taken + waiter.Bytes > bytesMax) return;
                _waiting.Remove(place);
                Take(waiter.Key, waiter.Bytes);
                waiter.Turn.SetResult();
            }

            place = next;
        }
    }

    private bool FitsShare(string key, long bytes) => _byKey.GetValueOrDefault(key) + bytes <= shareBytesMax;

    private void Take(string key, long bytes)
    {
        _byKey[key] = _byKey.GetValueOrDefault(key) + bytes;
        _taken += bytes;
    }

    private void GiveBackLocked(string key, long bytes)
    {
        _taken -= bytes;
        var left = _byKey.GetValueOrDefault(key) - bytes;
        if (left > 0) _byKey[key] = left;
        else _byKey.Remove(key);
    }

    private sealed record Waiter(string Key, long Bytes)
    {
        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
