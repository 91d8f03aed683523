namespace Bifrost.Keys.Limits;

/// <summary>The slices of one account: those that are out and those that ended lately. Bounded by number and age.</summary>
internal sealed class SliceMemory(AccountLimits limits)
{
    private readonly Dictionary<Guid, SharedSlice> _byId = [];

    // Oldest first.
    private readonly LinkedList<SharedSlice> _out = [];
    private readonly Queue<SharedSlice> _ended = [];

    /// <summary>Slices that are spent or whose calls run.</summary>
    public int Out => _out.Count;

    /// <summary>Every slice in memory.</summary>
    public int Count => _byId.Count;

    public SharedSlice? Find(Guid id) => _byId.GetValueOrDefault(id);

    public void Add(SharedSlice slice, bool ended, DateTimeOffset now)
    {
        _byId.Add(slice.Id, slice);
        slice.At = now;
        slice.Place = _out.AddLast(slice);
        if (ended) End(slice, now);
        while (_out.Count > limits.SlicesMax) GiveUp(_out.First!.Value, now);
    }

    /// <summary>Nothing more is expected of the slice; it is remembered a while.</summary>
    public void End(SharedSlice slice, DateTimeOffset now)
    {
        if (slice.Place is not { } place) return;
        _out.Remove(place);
        slice.Place = null;
        slice.At = now;
        _ended.Enqueue(slice);
        if (_ended.Count > limits.SlicesMax) _byId.Remove(_ended.Dequeue().Id);
    }

    public void Sweep(DateTimeOffset now)
    {
        while (_out.First is { } oldest && now - oldest.Value.At >= limits.SliceKept) GiveUp(oldest.Value, now);
        while (_ended.TryPeek(out var ended) && now - ended.At >= limits.EndedKept) _byId.Remove(_ended.Dequeue().Id);
    }

    private void GiveUp(SharedSlice slice, DateTimeOffset now)
    {
        slice.InRequests.GiveUp();
        slice.InTokens.GiveUp();
        End(slice, now);
    }
}
