namespace Bifrost.Jobs.Runner;

/// <summary>
/// Runs that this process gave up because their lease was not confirmed in time. The store may still count such a lease as held, and hand it
/// out again to the same process under the same fence; but its upstream call goes on and is billed, so a fence is run once. Bounded: the
/// oldest are forgotten, long after their leases have ended. Thread-safe.
/// </summary>
internal sealed class LostRuns
{
    private const int RunsMax = 10_000;

    private readonly Lock _gate = new();

    // Both under _gate.
    private readonly HashSet<(Guid JobId, long Fence)> _runs = [];
    private readonly Queue<(Guid JobId, long Fence)> _oldest = new();

    public void Add(Guid jobId, long fence)
    {
        lock (_gate)
        {
            if (!_runs.Add((jobId, fence))) return;
            _oldest.Enqueue((jobId, fence));
            if (_oldest.Count > RunsMax) _runs.Remove(_oldest.Dequeue());
        }
    }

    public bool Contains(Guid jobId, long fence)
    {
        lock (_gate) return _runs.Contains((jobId, fence));
    }
}
