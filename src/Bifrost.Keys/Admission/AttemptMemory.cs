using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Admission;

/// <summary>
/// The attempts of one key that are open, and the ids of those that ended lately: of an ended one nothing else is kept, so that its ticket and
/// answer do not outlive the call. Bounded: ended ones by number and age, open ones by the calls in flight, and one that is never settled is given up
/// after <see cref="KeyLimits.RunningMax"/>.
/// </summary>
internal sealed class AttemptMemory(KeyLimits limits)
{
    private readonly Dictionary<Guid, KeyAttempt> _open = [];

    // The same ids; the queue has them oldest first, in an array.
    private readonly HashSet<Guid> _ended = [];
    private readonly Queue<(Guid Id, DateTimeOffset At)> _endedInOrder = [];

    // The open ones by their beginning.
    private KeyAttempt? _oldest;
    private KeyAttempt? _newest;

    public int Count => _open.Count + _ended.Count;

    public IEnumerable<KeyAttempt> Open => _open.Values;

    public bool HasEnded(Guid id) => _ended.Contains(id);

    /// <summary>An open attempt; null when there is none of this id.</summary>
    public KeyAttempt? Find(Guid id) => _open.GetValueOrDefault(id);

    public KeyAttempt Begin(Guid id, DateTimeOffset now)
    {
        var attempt = new KeyAttempt(id, now) { Older = _newest };
        if (_newest is null) _oldest = attempt;
        else _newest.Newer = attempt;
        _newest = attempt;
        _open.Add(id, attempt);
        return attempt;
    }

    /// <summary>Forgets an attempt that was refused: a repetition may be admitted.</summary>
    public void Forget(KeyAttempt attempt)
    {
        attempt.Ended = true;
        if (!_open.Remove(attempt.Id)) return;
        if (attempt.Older is { } older) older.Newer = attempt.Newer;
        else _oldest = attempt.Newer;
        if (attempt.Newer is { } newer) newer.Older = attempt.Older;
        else _newest = attempt.Older;
        (attempt.Older, attempt.Newer) = (null, null);
    }

    /// <summary>An attempt ended; its id is remembered a while.</summary>
    public void End(KeyAttempt attempt, DateTimeOffset now)
    {
        Forget(attempt);
        End(attempt.Id, now);
    }

    /// <summary>An attempt ended that was not open here.</summary>
    public void End(Guid id, DateTimeOffset now)
    {
        if (!_ended.Add(id)) return;
        _endedInOrder.Enqueue((id, now));
        if (_endedInOrder.Count > limits.EndedMax) ForgetOldest();
    }

    /// <summary>Forgets what ended long ago; answers an attempt that is open for too long, or null. Call until null.</summary>
    public KeyAttempt? Sweep(DateTimeOffset now)
    {
        while (_endedInOrder.TryPeek(out var ended) && now - ended.At >= limits.EndedKept) ForgetOldest();
        return _oldest is { } oldest && now - oldest.BegunAt >= limits.RunningMax ? oldest : null;
    }

    private void ForgetOldest() => _ended.Remove(_endedInOrder.Dequeue().Id);
}
