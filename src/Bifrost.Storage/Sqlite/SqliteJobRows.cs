using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;
using Bifrost.Storage.Jobs;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of one job transaction; the writer's own, so every change is written at once. <see cref="Flush"/> writes the counters.</summary>
internal sealed class SqliteJobRows(SqliteSession session) : IJobRows
{
    private const string ByIdSql = $"select {JobColumns.Job} from job where id = ?";

    private static readonly string s_insertSql = $"insert into job ({JobColumns.Job}) values ({QueryText.Parameters(JobSql.JobColumnCount)})";

    private readonly Dictionary<string, JobKeyRecord> _keys = new(StringComparer.Ordinal);

    public JobRow? Job(Guid id) => session.Prepare(ByIdSql).Bind(id).ReadFirst(JobSql.ReadJob);

    public JobKeyRecord Key(string virtualKeyId, int partition)
    {
        if (_keys.TryGetValue(virtualKeyId, out var known)) return known;
        var key = new JobKeyRecord(virtualKeyId, partition);
        var row = session.Prepare("select open_jobs, open_bytes, running, paused_until_ms from job_key where virtual_key_id = ?").Bind(virtualKeyId);
        if (row.Step()) (key.OpenJobs, key.OpenBytes, key.Running, key.PausedUntilMs) = (row.Long(0), row.Long(1), row.Long(2), row.Long(3));
        var kept = session.Prepare("select bytes from job_kept where virtual_key_id = ?").Bind(virtualKeyId);
        if (kept.Step()) key.KeptBytes = kept.Long(0);
        _keys.Add(virtualKeyId, key);
        return key;
    }

    public JobFirstUse? FirstUse(string virtualKeyId, string idempotencyKey)
    {
        var row = session.Prepare("select body_hash, job_id, at_ms from job_idempotency where virtual_key_id = ? and idempotency_key = ?")
            .Bind(virtualKeyId).Bind(idempotencyKey);
        return row.Step() ? new JobFirstUse(row.Bytes(0), row.Id(1), row.Long(2)) : null;
    }

    public void Insert(JobRow job, PackedSubmission submission)
    {
        session.Prepare(s_insertSql)
            .Bind(job.Id).Bind(job.VirtualKeyId).Bind(job.Partition).Bind(job.RequestId).Bind((long)job.Status).Bind(job.Fence).Bind(job.Attempts)
            .Bind(job.Drains).Bind(job.Owner).Bind(JobColumns.Ms(job.LeaseUntil)).Bind(job.CancelRequested).Bind(JobColumns.Ms(job.NotBefore))
            .Bind(JobColumns.Ms(job.WaitingSince)).Bind(JobColumns.Ms(job.CreatedAt)).Bind(JobColumns.Ms(job.EndedAt)).Bind(JobColumns.Ms(job.ExpiresAt))
            .Bind(job.ResultTtlSeconds).Bind(job.BodyBytes).Bind(job.StatusCode).Bind(job.LastError).Bind(job.Webhook).Run();
        session.Prepare("insert into job_request (job_id, call, encoding, length, body) values (?, ?, ?, ?, ?)")
            .Bind(job.Id).Bind(submission.Call).Bind(submission.Body.Encoding).Bind(submission.Body.Length).Bind(submission.Body.Bytes.Span).Run();
    }

    public void Update(JobRow before, JobRow after)
    {
        var changed = session.Prepare(
                "update job set status = ?, fence = ?, attempts = ?, drains = ?, owner = ?, lease_until_ms = ?, cancel_requested = ?, not_before_ms = ?, " +
                "waiting_since_ms = ?, ended_at_ms = ?, expires_at_ms = ?, status_code = ?, last_error = ? where id = ? and status = ? and fence = ?")
            .Bind((long)after.Status).Bind(after.Fence).Bind(after.Attempts).Bind(after.Drains).Bind(after.Owner).Bind(JobColumns.Ms(after.LeaseUntil))
            .Bind(after.CancelRequested).Bind(JobColumns.Ms(after.NotBefore)).Bind(JobColumns.Ms(after.WaitingSince)).Bind(JobColumns.Ms(after.EndedAt))
            .Bind(JobColumns.Ms(after.ExpiresAt)).Bind(after.StatusCode).Bind(after.LastError).Bind(after.Id).Bind((long)before.Status).Bind(before.Fence)
            .Run();
        if (changed != 1) throw new InvalidOperationException($"Job {after.Id} changed under its lock.");
    }

    public void InsertOutcome(Guid jobId, PackedOutcome outcome) =>
        session.Prepare("insert into job_result (job_id, status_code, headers, encoding, length, body) values (?, ?, ?, ?, ?, ?)")
            .Bind(jobId).Bind(outcome.StatusCode).Bind(outcome.Headers).Bind(outcome.Body.Encoding).Bind(outcome.Body.Length)
            .Bind(outcome.Body.Bytes.Span).Run();

    public void DeleteOutcome(Guid jobId) => session.Prepare("delete from job_result where job_id = ?").Bind(jobId).Run();

    public void SetFirstUse(string virtualKeyId, string idempotencyKey, JobFirstUse use) =>
        session.Prepare("insert or replace into job_idempotency (virtual_key_id, idempotency_key, body_hash, job_id, at_ms) values (?, ?, ?, ?, ?)")
            .Bind(virtualKeyId).Bind(idempotencyKey).Bind(use.BodyHash.AsSpan()).Bind(use.JobId).Bind(use.AtMs).Run();

    public void Insert(JobDelivery delivery) => SqliteDeliveryStore.Insert(session, delivery);

    public void Flush()
    {
        foreach (var key in _keys.Values)
        {
            if (!key.IsChanged) continue;
            session.Prepare(
                    "insert or replace into job_key (virtual_key_id, partition, open_jobs, open_bytes, running, paused_until_ms) values (?, ?, ?, ?, ?, ?)")
                .Bind(key.VirtualKeyId).Bind(key.Partition).Bind(key.OpenJobs).Bind(key.OpenBytes).Bind(key.Running).Bind(key.PausedUntilMs).Run();
        }
    }
}
