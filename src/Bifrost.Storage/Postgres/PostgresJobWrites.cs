using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;
using Bifrost.Storage.Jobs;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>What a transaction of job commands writes: one statement of arrays for each table, however many commands there were.</summary>
internal sealed class PostgresJobWrites
{
    private static readonly string s_insertSql =
        $"insert into job ({JobColumns.Job}) select * from unnest({QueryText.Parameters(JobSql.JobColumnCount)})";

    private readonly Dictionary<Guid, (JobRow Row, PackedSubmission Submission)> _inserted = [];
    private readonly Dictionary<Guid, JobRow> _updated = [];
    private readonly Dictionary<Guid, PackedOutcome> _outcomes = [];
    private readonly HashSet<Guid> _noOutcomes = [];
    private readonly Dictionary<(string VirtualKeyId, string IdempotencyKey), JobFirstUse> _firstUses = [];
    private readonly List<JobDelivery> _deliveries = [];

    public void Insert(JobRow job, PackedSubmission submission) => _inserted.Add(job.Id, (job, submission));

    public void Update(JobRow job)
    {
        if (_inserted.TryGetValue(job.Id, out var inserted)) _inserted[job.Id] = (job, inserted.Submission);
        else _updated[job.Id] = job;
    }

    public void InsertOutcome(Guid jobId, PackedOutcome outcome) => _outcomes[jobId] = outcome;

    public void DeleteOutcome(Guid jobId)
    {
        _outcomes.Remove(jobId);
        _noOutcomes.Add(jobId);
    }

    public void SetFirstUse(string virtualKeyId, string idempotencyKey, JobFirstUse use) => _firstUses[(virtualKeyId, idempotencyKey)] = use;

    public void Insert(JobDelivery delivery) => _deliveries.Add(delivery);

    public void AddTo(NpgsqlBatch batch, List<JobKeyRecord> keys)
    {
        AddInserts(batch);
        AddUpdates(batch);
        AddOutcomes(batch);
        if (_firstUses.Count > 0)
        {
            batch.Then(
                "insert into job_idempotency (virtual_key_id, idempotency_key, body_hash, job_id, at_ms) select * from unnest($1, $2, $3, $4, $5) " +
                "on conflict (virtual_key_id, idempotency_key) do update set body_hash = excluded.body_hash, job_id = excluded.job_id, " +
                "at_ms = excluded.at_ms, job_gone = false",
                Column(_firstUses, use => use.Key.VirtualKeyId), Column(_firstUses, use => use.Key.IdempotencyKey),
                Column(_firstUses, use => use.Value.BodyHash), Column(_firstUses, use => use.Value.JobId), Column(_firstUses, use => use.Value.AtMs));
        }

        PostgresDeliveryStore.AddInsert(batch, _deliveries);
        if (keys.Count == 0) return;
        batch.Then(
            "update job_key k set open_jobs = n.jobs, open_bytes = n.bytes, running = n.running, paused_until_ms = n.paused from unnest($1, $2, $3, $4, $5) " +
            "as n(id, jobs, bytes, running, paused) where k.virtual_key_id = n.id",
            Column(keys, key => key.VirtualKeyId), Column(keys, key => key.OpenJobs), Column(keys, key => key.OpenBytes),
            Column(keys, key => key.Running), Column(keys, key => key.PausedUntilMs));
    }

    public static NpgsqlParameter Column<TRow, T>(IReadOnlyCollection<TRow> rows, Func<TRow, T> of) => P(rows.Select(of).ToArray());

    private void AddInserts(NpgsqlBatch batch)
    {
        if (_inserted.Count == 0) return;
        var jobs = _inserted.Values.Select(one => one.Row).ToList();
        batch.Then(
                s_insertSql,
                Column(jobs, j => j.Id), Column(jobs, j => j.VirtualKeyId), Column(jobs, j => j.Partition), Column(jobs, j => j.RequestId),
                Column(jobs, j => (short)j.Status), Column(jobs, j => j.Fence), Column(jobs, j => j.Attempts), Column(jobs, j => j.Drains),
                Column(jobs, j => j.Owner), Column(jobs, j => JobColumns.Ms(j.LeaseUntil)), Column(jobs, j => j.CancelRequested),
                Column(jobs, j => j.NotBefore.ToUnixTimeMilliseconds()), Column(jobs, j => JobColumns.Ms(j.WaitingSince)),
                Column(jobs, j => j.CreatedAt.ToUnixTimeMilliseconds()), Column(jobs, j => JobColumns.Ms(j.EndedAt)),
                Column(jobs, j => JobColumns.Ms(j.ExpiresAt)), Column(jobs, j => j.ResultTtlSeconds), Column(jobs, j => j.BodyBytes),
                Column(jobs, j => j.StatusCode), Column(jobs, j => j.LastError), Column(jobs, j => j.Webhook))
            .Then(
                "insert into job_request (job_id, call, encoding, length, body) select * from unnest($1, $2, $3, $4, $5)",
                Column(_inserted, one => one.Key), Column(_inserted, one => one.Value.Submission.Call),
                Column(_inserted, one => (short)one.Value.Submission.Body.Encoding), Column(_inserted, one => one.Value.Submission.Body.Length),
                Column(_inserted, one => one.Value.Submission.Body.Bytes.ToArray()));
    }

    private void AddUpdates(NpgsqlBatch batch)
    {
        if (_updated.Count == 0) return;
        var jobs = _updated.Values;
        batch.Then(
            "update job j set status = n.status, fence = n.fence, attempts = n.attempts, drains = n.drains, owner = n.owner, lease_until_ms = n.lease_until, " +
            "cancel_requested = n.cancel, not_before_ms = n.not_before, waiting_since_ms = n.waiting_since, ended_at_ms = n.ended_at, " +
            "expires_at_ms = n.expires_at, status_code = n.status_code, last_error = n.last_error " +
            "from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as n(id, status, fence, attempts, drains, owner, lease_until, cancel, " +
            "not_before, waiting_since, ended_at, expires_at, status_code, last_error) where j.id = n.id",
            Column(jobs, j => j.Id), Column(jobs, j => (short)j.Status), Column(jobs, j => j.Fence), Column(jobs, j => j.Attempts),
            Column(jobs, j => j.Drains), Column(jobs, j => j.Owner), Column(jobs, j => JobColumns.Ms(j.LeaseUntil)), Column(jobs, j => j.CancelRequested),
            Column(jobs, j => j.NotBefore.ToUnixTimeMilliseconds()), Column(jobs, j => JobColumns.Ms(j.WaitingSince)),
            Column(jobs, j => JobColumns.Ms(j.EndedAt)), Column(jobs, j => JobColumns.Ms(j.ExpiresAt)), Column(jobs, j => j.StatusCode),
            Column(jobs, j => j.LastError));
    }

    private void AddOutcomes(NpgsqlBatch batch)
    {
        if (_noOutcomes.Count > 0) batch.Then("delete from job_result where job_id = any($1)", P(_noOutcomes.ToArray()));
        if (_outcomes.Count == 0) return;
        batch.Then(
            "insert into job_result (job_id, status_code, headers, encoding, length, body) select * from unnest($1, $2, $3, $4, $5, $6)",
            Column(_outcomes, one => one.Key), Column(_outcomes, one => one.Value.StatusCode), Column(_outcomes, one => one.Value.Headers),
            Column(_outcomes, one => (short)one.Value.Body.Encoding), Column(_outcomes, one => one.Value.Body.Length),
            Column(_outcomes, one => one.Value.Body.Bytes.ToArray()));
    }
}
