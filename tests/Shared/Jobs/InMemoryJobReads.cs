using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Testing;

/// <summary>The queries of <see cref="InMemoryJobStore"/>, counted over all rows.</summary>
internal static class InMemoryJobReads
{
    public static JobWindow Due(InMemoryJobRows rows, JobDueQuery query, DateTimeOffset now)
    {
        var jobs = ImmutableArray.CreateBuilder<DueJob>();
        TimeSpan? nextDueIn = null;
        var keys = rows.Jobs.Values.Where(r => r.Partition == query.Partition && r.Status == JobStatus.Pending).GroupBy(r => r.VirtualKeyId)
            .Where(g => query.OnlyKey is { } only ? g.Key == only : query.AfterKey is null || string.CompareOrdinal(g.Key, query.AfterKey) > 0)
            .OrderBy(g => g.Key, StringComparer.Ordinal).Take(query.KeysMax + 1).ToList();
        foreach (var key in keys.Take(query.KeysMax))
        {
            var queue = key.OrderBy(r => r.NotBefore).ThenBy(r => r.Id.ToString(), StringComparer.Ordinal).ToList();
            var pause = PauseOf(rows, key.Key);
            var due = pause > now ? [] : queue.Where(r => r.NotBefore <= now).Take(query.JobsPerKeyMax).ToList();
            foreach (var row in due) jobs.Add(new DueJob(row.Id, row.VirtualKeyId, row.Fence));
            if (due.Count > 0) continue;
            var wait = (pause > queue[0].NotBefore ? pause : queue[0].NotBefore) - now;
            if (nextDueIn is null || wait < nextDueIn) nextDueIn = wait;
        }

        var more = keys.Count > query.KeysMax && query.OnlyKey is null;
        return new JobWindow { Jobs = jobs.ToImmutable(), NextAfterKey = more ? keys[query.KeysMax - 1].Key : null, NextDueIn = nextDueIn };
    }

    public static ImmutableArray<JobRow> List(InMemoryJobRows rows, JobListQuery query, JobOptions options, DateTimeOffset now) =>
    [
        .. rows.Jobs.Values.Reverse()
            .Where(r => !JobRules.IsExpired(r, now) && (query.VirtualKeyId is null || r.VirtualKeyId == query.VirtualKeyId)
                && (query.Status is null || r.Status == query.Status) && !(r.CreatedAt < query.From) && !(r.CreatedAt >= query.To)
                && (query.Before is null || r.Id.CompareTo(query.Before.Value) < 0))
            .Take(Math.Clamp(query.CountMax, 1, options.ListMax)),
    ];

    public static ImmutableArray<JobDepth> Depths(InMemoryJobRows rows, int keysMax, DateTimeOffset now) =>
    [
        .. rows.Jobs.Values.Where(r => !r.IsEnded).GroupBy(r => (r.Partition, r.VirtualKeyId)).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key.VirtualKeyId, StringComparer.Ordinal).Take(keysMax)
            .Select(g => new JobDepth(
                g.Key.Partition, g.Key.VirtualKeyId, g.Count(r => r.Status == JobStatus.Pending), g.Count(r => r.Status == JobStatus.Processing),
                g.Sum(r => (long)r.BodyBytes), Head(g) is { } head ? now - head.CreatedAt : null,
                PauseOf(rows, g.Key.VirtualKeyId) is var pause && pause > now ? pause - now : TimeSpan.Zero)),
    ];

    public static JobBacklog Backlog(InMemoryJobRows rows, int ageKeysMax, DateTimeOffset now)
    {
        var open = rows.Jobs.Values.Where(r => !r.IsEnded).ToList();
        var queues = open.GroupBy(r => r.VirtualKeyId).Where(g => Head(g) is not null)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        var heads = queues.Take(ageKeysMax).Select(g => Head(g)!)
            .Concat(open.Where(r => r.Status == JobStatus.Pending).OrderBy(r => r.Id).Take(1)).ToList();
        var partitions = open.GroupBy(r => r.Partition).OrderBy(g => g.Key).Select(g => new JobPartitionDepth(
            g.Key, g.Select(r => r.VirtualKeyId).Distinct(StringComparer.Ordinal).Count(), g.Count(r => r.Status == JobStatus.Pending),
            g.Count(r => r.Status == JobStatus.Processing), g.Sum(r => (long)r.BodyBytes),
            heads.Where(r => r.Partition == g.Key).Max(r => (TimeSpan?)(now - r.CreatedAt))));
        return new JobBacklog([.. partitions], Math.Max(0, queues.Count - ageKeysMax));
    }

    private static JobRow? Head(IEnumerable<JobRow> queue) =>
        queue.Where(r => r.Status == JobStatus.Pending).OrderBy(r => r.NotBefore).ThenBy(r => r.Id).FirstOrDefault();

    private static DateTimeOffset PauseOf(InMemoryJobRows rows, string virtualKeyId) =>
        DateTimeOffset.FromUnixTimeMilliseconds(rows.Keys.GetValueOrDefault(virtualKeyId)?.PausedUntilMs ?? 0);
}
