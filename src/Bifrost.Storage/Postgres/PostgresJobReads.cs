using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Jobs;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>Reads of jobs.</summary>
internal static class PostgresJobReads
{
    private const string Now = "bifrost_now_ms()";

    /// <summary>A loose index scan: each step seeks the next key in the index, whatever lies between. One key more than asked tells of more.</summary>
    private const string KeysSql =
        "with recursive k(key, n) as ((select virtual_key_id, 1 from job where status = 0 and partition = $1 and virtual_key_id > $2 " +
        "order by virtual_key_id limit 1) union all select (select j.virtual_key_id from job j where j.status = 0 and j.partition = $1 " +
        "and j.virtual_key_id > k.key order by j.virtual_key_id limit 1), n + 1 from k where k.key is not null and n <= $3) ";

    private const string OneKeySql = "with k(key, n) as (select $2::text, 1 where $3 > 0) ";

    private const string DueSql =
        "select k.n, k.key, coalesce(p.paused_until_ms, 0), d.id, d.fence, d.not_before_ms from k left join job_key p on p.virtual_key_id = k.key " +
        "left join lateral (select j.id, j.fence, j.not_before_ms from job j where j.status = 0 and j.partition = $1 and j.virtual_key_id = k.key " +
        "order by j.not_before_ms, j.id limit $4) d on true where k.key is not null order by k.n, d.not_before_ms, d.id";

    public static async Task<JobRow?> JobAsync(NpgsqlConnection connection, Guid jobId, string? virtualKeyId, CancellationToken cancel)
    {
        var found = await connection.QueryAsync(cancel, JobSql.ReadJob, JobSql.Job(Now), P(jobId));
        return found is [var job] && (virtualKeyId is null || virtualKeyId == job.VirtualKeyId) ? job : null;
    }

    public static async Task<PackedRequest?> RequestAsync(NpgsqlConnection connection, Guid jobId, CancellationToken cancel)
    {
        var found = await connection.QueryAsync(cancel, JobSql.ReadRequest, JobSql.Request(Now), P(jobId));
        return found is [var request] ? request : null;
    }

    public static async Task<PackedOutcome?> OutcomeAsync(NpgsqlConnection connection, Guid jobId, CancellationToken cancel)
    {
        var found = await connection.QueryAsync(cancel, JobSql.ReadOutcome, JobSql.Outcome(Now), P(jobId));
        return found is [var outcome] ? outcome : null;
    }

    public static async Task<PackedOutcome?> OutcomeHeadAsync(NpgsqlConnection connection, Guid jobId, CancellationToken cancel)
    {
        var found = await connection.QueryAsync(cancel, JobSql.ReadOutcome, JobSql.OutcomeHead(Now), P(jobId));
        return found is [var outcome] ? outcome : null;
    }

    public static async Task<JobWindow> DueAsync(NpgsqlConnection connection, JobDueQuery query, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Then("select bifrost_now_ms()").Then(
            (query.OnlyKey is null ? KeysSql : OneKeySql) + DueSql,
            P(query.Partition), P(StorableText.Of(query.OnlyKey ?? query.AfterKey ?? "")), P(query.KeysMax), P(query.JobsPerKeyMax));
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var nowMs = rows.GetInt64(0);
        await rows.NextResultAsync(cancel);
        var jobs = ImmutableArray.CreateBuilder<DueJob>();
        string? last = null;
        var more = false;
        long? nextDueMs = null;
        while (await rows.ReadAsync(cancel))
        {
            if (more = rows.GetInt32(0) > query.KeysMax) break;
            var key = rows.GetString(1);
            var isFirst = key != last;
            last = key;
            if (rows.IsDBNull(3)) continue;
            var dueMs = Math.Max(rows.GetInt64(2), rows.GetInt64(5));
            if (dueMs <= nowMs) jobs.Add(new DueJob(rows.GetGuid(3), key, rows.GetInt64(4)));
            else if (isFirst && !(dueMs >= nextDueMs)) nextDueMs = dueMs;
        }

        return new JobWindow
        {
            Jobs = jobs.DrainToImmutable(),
            NextAfterKey = more ? last : null,
            NextDueIn = nextDueMs is { } at ? TimeSpan.FromMilliseconds(at - nowMs) : null,
        };
    }

    public static Task<ImmutableArray<Guid>> LateLeasesAsync(NpgsqlConnection connection, int max, CancellationToken cancel) => connection.QueryAsync(
        cancel,
        row => row.Id(0),
        "select id from job where status = 1 and lease_until_ms <= bifrost_now_ms() order by lease_until_ms limit $1",
        P(max));

    public static Task<ImmutableArray<JobRow>> ListAsync(NpgsqlConnection connection, JobListQuery query, int listMax, CancellationToken cancel)
    {
        var page = JobSql.Page(query, listMax, Now);
        return connection.QueryAsync(cancel, JobSql.ReadJob, page.ToString(), Values(page));
    }

    public static Task<ImmutableArray<JobDepth>> DepthsAsync(NpgsqlConnection connection, int keysMax, CancellationToken cancel) =>
        connection.QueryAsync(cancel, row => JobSql.ReadDepth(row, nowMs: row.Long(7)), JobSql.Depths($", {Now}"), P(keysMax));

    public static async Task<ImmutableDictionary<string, int>> RunningAsync(NpgsqlConnection connection, int partition, CancellationToken cancel)
    {
        var found = await connection.QueryAsync(cancel, row => (Key: row.Text(0), Count: (int)row.Long(1)), JobSql.Running, P(partition));
        return found.ToImmutableDictionary(row => row.Key, row => row.Count, StringComparer.Ordinal);
    }
}
