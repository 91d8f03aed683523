using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Admission;

/// <summary>
/// The attempts of one key that run or ended lately. Bounded: ended ones by number and age, running ones by the calls in flight, and one
/// that is never settled is given up after <see cref="KeyLimits.RunningMax"/>.
/// </summary>
internal sealed class AttemptMemory(KeyLimits limits)
{
    private readonly Dictionary<Guid, Attempt> _byId = [];

    // Oldest first: those that have not ended, by their beginning, and those that have, by their end.
    private readonly LinkedList<Attempt> _open = [];
    private readonly Queue<Attempt> _ended = [];

    public int Count => _byId.Count;

    public Attempt? Find(Guid id) => _byId.GetValueOrDefault(id);

    public Attempt Begin(Guid id, DateTimeOffset now)
    {
        var attempt = new Attempt(id, now);
        attempt.Place = _open.AddLast(attempt);
        _byId.Add(id, attempt);
        return attempt;
    }

    /// <summary>Forgets an attempt that was refused: a repetition may be admitted.</summary>
    public void Forget(Attempt attempt)
    {
        Close(attempt);
        _byId.Remove(attempt.Id);
    }

    /// <summary>Marks an attempt as ended; it is remembered a while.</summary>
    public void End(Attempt attempt, DateTimeOffset now)
    {
        Close(attempt);
        attempt.EndedAt = now;
        _ended.Enqueue(attempt);
        if (_ended.Count > limits.EndedMax) ForgetOldest();
    }

    /// <summary>Forgets what ended long ago; answers an attempt that is open for too long, or null. Call until null.</summary>
    public Attempt? Sweep(DateTimeOffset now)
    {
        while (_ended.TryPeek(out var ended) && now - ended.EndedAt >= limits.EndedKept) ForgetOldest();
        return _open.First is { } first && now - first.Value.BegunAt >= limits.RunningMax ? first.Value : null;
    }

    private void Close(Attempt attempt)
    {
        attempt.Ended = true;
        if (attempt.Place is not { } place) return;
        _open.Remove(place);
        attempt.Place = null;
    }

    private void ForgetOldest() => _byId.Remove(_ended.Dequeue().Id);
}
