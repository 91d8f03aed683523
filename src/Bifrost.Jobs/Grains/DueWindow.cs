using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Grains;

/// <summary>
/// The due jobs of one partition, as far as they are in memory: a bounded window over the rows, handed out round robin between keys. It
/// knows which looks at the rows are worth their cost; its owner looks and brings what was found. Nothing here is the truth: what
/// it forgets is found again, and what it hands out twice is leased once. For one activation's turns.
/// </summary>
/// <param name="options">Limits.</param>
/// <param name="runningMax">How many jobs of a key may run at once.</param>
/// <param name="time">The clock; only what passed on it counts.</param>
internal sealed class DueWindow(JobOptions options, Func<string, int> runningMax, TimeProvider time)
{
    /// <summary>Jobs of one key in a window that does not show all keys: the round comes to the next keys sooner.</summary>
    private const int JobsPerKeyOfMany = 4;

    /// <summary>A handed out job that was not even leased after so long was lost on its way.</summary>
    private static readonly TimeSpan LeasedWithin = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, KeyLane> _lanes = new(StringComparer.Ordinal);
    private readonly Queue<KeyLane> _round = [];
    private readonly HashSet<string> _toLookAt = new(StringComparer.Ordinal);
    private readonly List<string> _looked = [];
    private readonly long _origin = time.GetTimestamp();

    // The walk over all keys.
    private string? _after;
    private bool _walking;
    private bool _manyKeys;
    private TimeSpan _nextWalkAt;

    /// <summary>Keys in memory.</summary>
    public int LanesKept => _lanes.Count;

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>True: another pull may find jobs at once.</summary>
    public bool HasMore() => _round.Count > 0 || _walking || NextKeyToLookAt() is not null;

    /// <summary>A job of the key became due.</summary>
    public void Nudge(string virtualKeyId)
    {
        if (_toLookAt.Count < options.WindowKeysMax) _toLookAt.Add(virtualKeyId);
        else if (!_toLookAt.Contains(virtualKeyId)) _nextWalkAt = TimeSpan.Zero;
    }

    /// <summary>Takes due jobs out of the window, one of each key in turn, until there are <paramref name="room"/>.</summary>
    public void HandOut(int room, ImmutableArray<JobHandout>.Builder to)
    {
        while (to.Count < room && _round.TryDequeue(out var lane))
        {
            lane.InRound = false;
            if (!IsOpen(lane)) continue;
            var job = lane.Due.Dequeue();
            lane.Out[job.JobId] = Now.Ticks;
            to.Add(new JobHandout { JobId = job.JobId, VirtualKeyId = job.VirtualKeyId, Fence = job.Fence });
            LookForMore(lane);
            Join(lane);
        }
    }

    /// <summary>A key whose rows are worth a look: somebody said so, or its part of the window is used up. Null: none.</summary>
    public string? NextKeyToLookAt()
    {
        string? next = null;
        foreach (var key in _toLookAt)
        {
            var lane = _lanes.GetValueOrDefault(key);
            if (lane?.PausedUntil > Now) continue;
            if (lane is null || (lane.Due.Count == 0 && lane.Running < runningMax(key)))
            {
                next = key;
                break;
            }

            // Looked at again when what it shows is handed out, or when one of its running jobs is done.
            lane.MayHaveMore = true;
            _looked.Add(key);
        }

        foreach (var key in _looked) _toLookAt.Remove(key);
        _looked.Clear();
        return next;
    }

    public JobDueQuery QueryOf(int partition, string key) =>
        new() { Partition = partition, OnlyKey = key, KeysMax = 1, JobsPerKeyMax = options.WindowJobsPerKeyMax };

    /// <summary>The next step of the walk over all keys, when it is time for it; null: not now.</summary>
    public JobDueQuery? NextWalk(int partition)
    {
        // One that is under way goes on when the window has room for its keys.
        if (_walking ? _round.Count >= options.WindowKeysMax : Now < _nextWalkAt) return null;
        return new JobDueQuery
        {
            Partition = partition,
            AfterKey = _after,
            KeysMax = options.WindowKeysMax,
            JobsPerKeyMax = _manyKeys ? Math.Min(JobsPerKeyOfMany, options.WindowJobsPerKeyMax) : options.WindowJobsPerKeyMax,
        };
    }

    /// <summary>What a look found.</summary>
    public void Take(JobDueQuery query, JobWindow found)
    {
        if (query.OnlyKey is { } only)
        {
            _toLookAt.Remove(only);
            Fill(only, [.. found.Jobs], query.JobsPerKeyMax);
            if (found.NextDueIn is { } dueIn) WalkWithin(dueIn);
            return;
        }

        foreach (var jobs in found.Jobs.GroupBy(static job => job.VirtualKeyId, StringComparer.Ordinal)) Fill(jobs.Key, [.. jobs], query.JobsPerKeyMax);
        _after = found.NextAfterKey;
        _walking = _after is not null;
        if (_walking) _manyKeys = true;
        else if (query.AfterKey is null) _manyKeys = false;
        if (!_walking) _nextWalkAt = Now + (options.PumpEvery / 2);
        if (found.NextDueIn is { } wait) WalkWithin(wait);
        Forget();
    }

    /// <summary>A handed out job runs no more.</summary>
    public void Done(JobDone done)
    {
        if (!_lanes.TryGetValue(done.VirtualKeyId, out var lane)) _lanes[done.VirtualKeyId] = lane = new KeyLane(done.VirtualKeyId);
        if (!lane.Out.Remove(done.JobId) && lane.Foreign > 0) lane.Foreign--;
        if (done.KeyDelayMs > 0)
        {
            var until = Now + TimeSpan.FromMilliseconds(Math.Min(done.KeyDelayMs, options.WaitMax.TotalMilliseconds));
            if (lane.PausedUntil is not { } known || known < until) lane.PausedUntil = until;

            // What it showed is older than the pause; it is looked at anew.
            lane.Due.Clear();
            lane.MayHaveMore = true;
        }

        LookForMore(lane);
        Join(lane);
    }

    /// <summary>
    /// Corrects what is held to be running by the rows. What was handed out after the count began is not in it yet, and what is not in it
    /// though it was handed out long ago was lost on its way.
    /// </summary>
    /// <param name="running">Leased jobs by key.</param>
    /// <param name="sentAt">From <see cref="Mark"/>, before the count was asked for.</param>
    public void Count(IReadOnlyDictionary<string, int> running, TimeSpan sentAt)
    {
        foreach (var key in running.Keys)
            if (!_lanes.ContainsKey(key)) _lanes[key] = new KeyLane(key);
        var old = (sentAt - LeasedWithin).Ticks;
        foreach (var lane in _lanes.Values)
        {
            var leased = running.GetValueOrDefault(lane.VirtualKeyId);
            var settled = lane.Out.Count(job => job.Value < old);
            lane.Foreign = Math.Max(0, leased - lane.Out.Count);
            foreach (var (lost, _) in lane.Out.Where(job => job.Value < old).OrderBy(static job => job.Value).Take(Math.Max(0, settled - leased)).ToArray())
                lane.Out.Remove(lost);
            Join(lane);
        }

        Forget();
    }

    public TimeSpan Mark() => Now;

    private void Fill(string key, List<DueJob> jobs, int asked)
    {
        if (!_lanes.TryGetValue(key, out var lane))
        {
            if (jobs.Count == 0) return;
            _lanes[key] = lane = new KeyLane(key);
        }

        if (lane.PausedUntil > Now) return;
        lane.PausedUntil = null;
        lane.MayHaveMore = jobs.Count >= asked;
        lane.Due.Clear();
        foreach (var job in jobs)
            if (!lane.Out.ContainsKey(job.JobId)) lane.Due.Enqueue(job);
        Join(lane);
    }

    private bool IsOpen(KeyLane lane) =>
        lane.Due.Count > 0 && !(lane.PausedUntil > Now) && lane.Running < runningMax(lane.VirtualKeyId);

    private void Join(KeyLane lane)
    {
        if (lane.InRound || !IsOpen(lane)) return;
        lane.InRound = true;
        _round.Enqueue(lane);
    }

    private void LookForMore(KeyLane lane)
    {
        if (lane.Due.Count > 0 || !lane.MayHaveMore) return;

        // Where the window does not show all keys, its place goes to the next ones, and the walk comes back to it.
        if (_manyKeys && !(lane.PausedUntil > Now)) _nextWalkAt = TimeSpan.Zero;
        else Nudge(lane.VirtualKeyId);
    }

    private void WalkWithin(TimeSpan wait)
    {
        if (Now + wait < _nextWalkAt) _nextWalkAt = Now + wait;
    }

    private void Forget()
    {
        foreach (var lane in _lanes.Values)
        {
            if (lane.PausedUntil <= Now) lane.PausedUntil = null;
            if (lane.IsIdle && !lane.InRound) _looked.Add(lane.VirtualKeyId);
        }

        foreach (var key in _looked) _lanes.Remove(key);
        _looked.Clear();
    }
}
