using Bifrost.Jobs.Store;

namespace Bifrost.Storage.Jobs;

/// <summary>
/// Puts a <see cref="JobBacklog"/> together of three statements that both databases have. None reads a row for each job: counters of
/// keys, the head of the queue of so many keys, and the oldest pending job by its id, which begins with its time.
/// </summary>
internal sealed class BacklogBuilder(int ageKeysMax, long nowMs)
{
    /// <summary>Partition, keys, keys with pending jobs, pending, processing, bytes.</summary>
    public const string DepthSql =
        "select partition, count(*), sum(case when open_jobs > running then 1 else 0 end), cast(sum(open_jobs - running) as bigint), " +
        "cast(sum(running) as bigint), cast(sum(open_bytes) as bigint) from job_key where open_jobs > 0 group by partition order by partition";

    /// <summary>Partition, and when the first in a key's queue was submitted; of $1 keys.</summary>
    public const string AgeSql =
        "select k.partition, min((select j.created_at_ms from job j where j.status = 0 and j.partition = k.partition " +
        "and j.virtual_key_id = k.virtual_key_id order by j.not_before_ms, j.id limit 1)) from (select partition, virtual_key_id from job_key " +
        "where open_jobs > running order by open_jobs desc, virtual_key_id limit $1) k group by k.partition";

    /// <summary>Partition and submission of the oldest one that is pending.</summary>
    public const string OldestSql = "select partition, created_at_ms from job where status = 0 order by id limit 1";

    private readonly SortedDictionary<int, JobPartitionDepth> _partitions = [];
    private long _pendingKeys;

    /// <summary>Adds a row of <see cref="DepthSql"/>.</summary>
    public void AddDepth(IRow row)
    {
        _pendingKeys += row.Long(2);
        _partitions[row.Int(0)] = new JobPartitionDepth(row.Int(0), row.Long(1), row.Long(3), row.Long(4), row.Long(5), null);
    }

    /// <summary>Adds a row of <see cref="AgeSql"/> or <see cref="OldestSql"/>: of a partition whose counters were read, the oldest counts.</summary>
    public void AddAge(IRow row)
    {
        var partition = row.Int(0);
        if (row.LongOrNull(1) is not { } at || !_partitions.TryGetValue(partition, out var depth)) return;
        var age = TimeSpan.FromMilliseconds(Math.Max(0, nowMs - at));
        if (!(depth.OldestAge >= age)) _partitions[partition] = depth with { OldestAge = age };
    }

    public JobBacklog Build() => new([.. _partitions.Values], Math.Max(0, _pendingKeys - ageKeysMax));
}
