using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Jobs;

namespace Bifrost.Storage.Sqlite;

/// <summary>Reads of jobs.</summary>
internal static class SqliteJobReads
{
    private static readonly string s_jobSql = JobSql.Job("$2");
    private static readonly string s_requestSql = JobSql.Request("$2");
    private static readonly string s_outcomeSql = JobSql.Outcome("$2");
    private static readonly string s_headSql = JobSql.OutcomeHead("$2");
    private static readonly string s_depthsSql = JobSql.Depths();

    public static JobRow? Job(SqliteSession session, Guid jobId, string? virtualKeyId, DateTimeOffset now)
    {
        var job = session.Prepare(s_jobSql).Bind(jobId).Bind(JobColumns.Ms(now)).ReadFirst(JobSql.ReadJob);
        return virtualKeyId is null || virtualKeyId == job?.VirtualKeyId ? job : null;
    }

    public static PackedRequest? Request(SqliteSession session, Guid jobId, DateTimeOffset now) =>
        session.Prepare(s_requestSql).Bind(jobId).Bind(JobColumns.Ms(now)).ReadFirst(JobSql.ReadRequest);

    public static PackedOutcome? Outcome(SqliteSession session, Guid jobId, DateTimeOffset now) =>
        session.Prepare(s_outcomeSql).Bind(jobId).Bind(JobColumns.Ms(now)).ReadFirst(JobSql.ReadOutcome);

    public static PackedOutcome? OutcomeHead(SqliteSession session, Guid jobId, DateTimeOffset now) =>
        session.Prepare(s_headSql).Bind(jobId).Bind(JobColumns.Ms(now)).ReadFirst(JobSql.ReadOutcome);

    /// <summary>A loose index scan: one seek finds the next key, one more its oldest jobs, whatever lies between them.</summary>
    public static JobWindow Due(SqliteSession session, JobDueQuery query, long nowMs)
    {
        var jobs = ImmutableArray.CreateBuilder<DueJob>();
        long? nextDueMs = null;
        var key = query.OnlyKey ?? NextKey(session, query.Partition, query.AfterKey ?? "");
        string? last = null;
        for (var keys = 0; key is not null && keys < query.KeysMax; keys++)
        {
            last = key;
            var firstDueMs = AddDue(session, query, key, nowMs, jobs);
            if (firstDueMs > nowMs && !(firstDueMs >= nextDueMs)) nextDueMs = firstDueMs;
            key = query.OnlyKey is null ? NextKey(session, query.Partition, key) : null;
        }

        return new JobWindow
        {
            Jobs = jobs.DrainToImmutable(),
            NextAfterKey = key is null ? null : last,
            NextDueIn = nextDueMs is { } at ? TimeSpan.FromMilliseconds(at - nowMs) : null,
        };
    }

    public static ImmutableArray<Guid> LateLeases(SqliteSession session, long nowMs, int max) =>
        session.Prepare("select id from job where status = 1 and lease_until_ms <= ? order by lease_until_ms limit ?").Bind(nowMs).Bind(max)
            .ReadAll(row => row.Id(0));

    /// <summary>Leases that are in force or not taken away yet, each with its owner.</summary>
    public static ImmutableArray<(Guid JobId, Guid? Owner)> Leases(SqliteSession session) =>
        session.Prepare("select id, owner from job where status = 1").ReadAll(row => (row.Id(0), row.IdOrNull(1)));

    public static ImmutableArray<JobRow> List(SqliteSession session, JobListQuery query, long nowMs, int listMax)
    {
        var page = JobSql.Page(query, listMax, "$1", nowMs);
        return session.Prepare(page.ToString()).Bind(page.Values).ReadAll(JobSql.ReadJob);
    }

    public static ImmutableArray<JobDepth> Depths(SqliteSession session, int keysMax, long nowMs) =>
        session.Prepare(s_depthsSql).Bind(keysMax).ReadAll(row => JobSql.ReadDepth(row, nowMs));

    public static ImmutableDictionary<string, int> Running(SqliteSession session, int partition)
    {
        var found = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var rows = session.Prepare(JobSql.Running).Bind(partition);
        while (rows.Step()) found.Add(rows.Text(0), rows.Int(1));
        return found.ToImmutable();
    }

    private static string? NextKey(SqliteSession session, int partition, string after)
    {
        var row = session.Prepare(
                "select virtual_key_id from job where status = 0 and partition = ? and virtual_key_id > ? order by virtual_key_id limit 1")
            .Bind(partition).Bind(after);
        return row.Step() ? row.Text(0) : null;
    }

    /// <summary>When the key's first job is due, its pause counted in; null: it has none.</summary>
    private static long? AddDue(SqliteSession session, JobDueQuery query, string key, long nowMs, ImmutableArray<DueJob>.Builder jobs)
    {
        var paused = session.Prepare("select paused_until_ms from job_key where virtual_key_id = ?").Bind(key);
        var pausedUntilMs = paused.Step() ? paused.Long(0) : 0;
        var rows = session.Prepare(
                "select id, fence, not_before_ms from job where status = 0 and partition = ? and virtual_key_id = ? order by not_before_ms, id limit ?")
            .Bind(query.Partition).Bind(key).Bind(query.JobsPerKeyMax);
        long? firstDueMs = null;
        while (rows.Step())
        {
            var dueMs = Math.Max(rows.Long(2), pausedUntilMs);
            firstDueMs ??= dueMs;
            if (dueMs > nowMs) break;
            jobs.Add(new DueJob(rows.Id(0), key, rows.Long(1)));
        }

        return firstDueMs;
    }
}
