using System.Text;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Jobs;

namespace Bifrost.Storage.Sqlite;

/// <summary>Reads of jobs.</summary>
internal static class SqliteJobReads
{
    private const string Alive = "(expires_at_ms is null or expires_at_ms > ?)";

    public static JobRow? Job(SqliteSession session, Guid jobId, string? virtualKeyId, DateTimeOffset now)
    {
        var row = session.Prepare($"select {JobColumns.Job} from job where id = ? and {Alive}").Bind(jobId).Bind(JobColumns.Ms(now));
        return row.Step() && SqliteJobRows.Read(row) is var job && (virtualKeyId is null || virtualKeyId == job.VirtualKeyId) ? job : null;
    }

    public static PackedRequest? Request(SqliteSession session, Guid jobId, DateTimeOffset now)
    {
        var row = session.Prepare(
                $"select r.call, r.encoding, r.length, r.body from job_request r join job j on j.id = r.job_id where r.job_id = ? and {Alive}")
            .Bind(jobId).Bind(JobColumns.Ms(now));
        return row.Step() ? new PackedRequest(row.Text(0), new PackedBody(row.Int(1), row.Int(2), row.Bytes(3))) : null;
    }

    public static PackedOutcome? Outcome(SqliteSession session, Guid jobId, DateTimeOffset now)
    {
        var row = session.Prepare(
                "select r.status_code, r.headers, r.encoding, r.length, r.body from job_result r join job j on j.id = r.job_id " +
                $"where r.job_id = ? and {Alive}")
            .Bind(jobId).Bind(JobColumns.Ms(now));
        return row.Step() ? new PackedOutcome(row.Int(0), row.Text(1), new PackedBody(row.Int(2), row.Int(3), row.Bytes(4))) : null;
    }

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

    public static ImmutableArray<Guid> LateLeases(SqliteSession session, long nowMs, int max)
    {
        var ids = ImmutableArray.CreateBuilder<Guid>();
        var rows = session.Prepare("select id from job where status = 1 and lease_until_ms <= ? order by lease_until_ms limit ?").Bind(nowMs).Bind(max);
        while (rows.Step()) ids.Add(rows.Id(0));
        return ids.DrainToImmutable();
    }

    /// <summary>Leases that are in force or not taken away yet, each with its owner.</summary>
    public static ImmutableArray<(Guid JobId, Guid? Owner)> Leases(SqliteSession session)
    {
        var leases = ImmutableArray.CreateBuilder<(Guid, Guid?)>();
        var rows = session.Prepare("select id, owner from job where status = 1");
        while (rows.Step()) leases.Add((rows.Id(0), rows.IdOrNull(1)));
        return leases.DrainToImmutable();
    }

    public static ImmutableArray<JobRow> List(SqliteSession session, JobListQuery query, long nowMs, int listMax)
    {
        var sql = new StringBuilder($"select {JobColumns.Job} from job where {Alive}");
        if (query.VirtualKeyId is not null) sql.Append(" and virtual_key_id = ?");
        if (query.Status is not null) sql.Append(" and status = ?");
        if (query.From is not null) sql.Append(" and created_at_ms >= ?");
        if (query.To is not null) sql.Append(" and created_at_ms < ?");
        if (query.Before is not null) sql.Append(" and id < ?");
        var rows = session.Prepare(sql.Append(" order by id desc limit ?").ToString()).Bind(nowMs);
        if (query.VirtualKeyId is { } key) rows.Bind(StorableText.Of(key));
        if (query.Status is { } status) rows.Bind((long)status);
        if (query.From is { } from) rows.Bind(JobColumns.Ms(from));
        if (query.To is { } to) rows.Bind(JobColumns.Ms(to));
        if (query.Before is { } before) rows.Bind(before);
        rows.Bind(Math.Clamp(query.CountMax, 1, listMax));
        var found = ImmutableArray.CreateBuilder<JobRow>();
        while (rows.Step()) found.Add(SqliteJobRows.Read(rows));
        return found.DrainToImmutable();
    }

    public static ImmutableArray<JobDepth> Depths(SqliteSession session, int keysMax, long nowMs)
    {
        var found = ImmutableArray.CreateBuilder<JobDepth>();
        var rows = session.Prepare(
                "select k.partition, k.virtual_key_id, k.open_jobs, k.open_bytes, k.paused_until_ms, " +
                "k.running, " +
                "(select j.created_at_ms from job j where j.status = 0 and j.partition = k.partition and j.virtual_key_id = k.virtual_key_id " +
                "order by j.not_before_ms, j.id limit 1) from job_key k where k.open_jobs > 0 order by k.open_jobs desc, k.virtual_key_id limit ?")
            .Bind(keysMax);
        while (rows.Step())
        {
            found.Add(new JobDepth(
                rows.Int(0), rows.Text(1), rows.Long(2) - rows.Long(5), rows.Long(5), rows.Long(3),
                rows.LongOrNull(6) is { } oldest ? TimeSpan.FromMilliseconds(nowMs - oldest) : null,
                TimeSpan.FromMilliseconds(Math.Max(0, rows.Long(4) - nowMs))));
        }

        return found.DrainToImmutable();
    }

    public static ImmutableDictionary<string, int> Running(SqliteSession session, int partition)
    {
        var found = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var rows = session.Prepare("select virtual_key_id, running from job_key where partition = ? and running > 0").Bind(partition);
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
