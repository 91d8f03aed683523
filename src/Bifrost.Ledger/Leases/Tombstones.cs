namespace Bifrost.Ledger.Leases;

/// <summary>Attempts that ended before they were held. Bounded: the oldest give way.</summary>
internal sealed class Tombstones(int max)
{
    private readonly HashSet<Guid> _ids = [];
    private readonly Queue<Guid> _byAge = new();

    public void Add(Guid attemptId)
    {
        if (!_ids.Add(attemptId)) return;
        _byAge.Enqueue(attemptId);
        if (_byAge.Count > max) _ids.Remove(_byAge.Dequeue());
    }

    public bool Contains(Guid attemptId) => _ids.Count > 0 && _ids.Contains(attemptId);
}
