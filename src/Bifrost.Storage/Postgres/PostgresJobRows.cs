using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;
using Bifrost.Storage.Jobs;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>
/// The rows of one transaction of job commands, locked in the one order that all of them keep: new keys, jobs by id, keys by id. Two trips
/// to the server: locks, what else is asked, and the clock; writes and the commit.
/// </summary>
internal sealed class PostgresJobRows : IJobRows
{
    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<Guid, JobRow> _jobs = [];
    private readonly Dictionary<string, JobKeyRecord> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), JobFirstUse> _firstUses = [];
    private readonly PostgresJobWrites _writes = new();

    private PostgresJobRows(NpgsqlConnection connection) => _connection = connection;

    /// <summary>The store's clock, read after the locks were taken.</summary>
    public long NowMs { get; private set; }

    /// <summary>Null: a key's row was swept between its insertion, which found it there, and its lock; the transaction is begun anew.</summary>
    public static async Task<PostgresJobRows?> LockAsync(
        NpgsqlConnection connection, PostgresJobLocks locks, int partitions, CancellationToken cancel)
    {
        var locked = new PostgresJobRows(connection);
        await using var batch = new NpgsqlBatch(connection);
        batch.Then("begin");
        var keys = locks.Keys.ToArray();
        var jobs = locks.Jobs.ToArray();
        if (keys.Length > 0)
        {
            batch.Then(
                "insert into job_key (virtual_key_id, partition, open_jobs, open_bytes) select k, p, 0, 0 from unnest($1, $2) as n(k, p) order by k " +
                "on conflict do nothing",
                P(keys), P(Array.ConvertAll(keys, key => JobPartition.Of(key, partitions))));
        }

        batch.Then($"select {JobColumns.Job} from job where id = any($1) order by id for update", P(jobs));
        if (!locks.RowsOnly)
        {
            batch.Then(
                "select virtual_key_id, partition, open_jobs, open_bytes, running, paused_until_ms from job_key " +
                "where virtual_key_id = any($1 || array(select virtual_key_id from job where id = any($2))) order by virtual_key_id for update",
                P(keys), P(jobs));

            // A statement of its own: it sees what those wrote whom the one before waited for.
            batch.Then(
                "select virtual_key_id, bytes from job_kept where virtual_key_id = any($1 || array(select virtual_key_id from job where id = any($2)))",
                P(keys), P(jobs));
            var (of, used) = (locks.FirstUses.Select(use => use.VirtualKeyId).ToArray(), locks.FirstUses.Select(use => use.IdempotencyKey).ToArray());
            batch.Then(
                    "select i.virtual_key_id, i.idempotency_key, i.body_hash, i.job_id, i.at_ms from unnest($1, $2) as n(k, i) " +
                    "join job_idempotency i on i.virtual_key_id = n.k and i.idempotency_key = n.i",
                    P(of), P(used))
                .Then(
                    $"select {JobColumns.Job} from job where id in (select i.job_id from unnest($1, $2) as n(k, i) " +
                    "join job_idempotency i on i.virtual_key_id = n.k and i.idempotency_key = n.i)",
                    P(of), P(used));
        }

        await using (var rows = await batch.Then("select bifrost_now_ms()").ExecuteReaderAsync(cancel)) await locked.ReadAsync(rows, locks.RowsOnly, cancel);
        if (Array.TrueForAll(keys, locked._keys.ContainsKey)) return locked;
        await connection.ExecuteAsync(cancel, "rollback");
        return null;
    }

    public JobRow? Job(Guid id) => _jobs.GetValueOrDefault(id);

    public JobKeyRecord Key(string virtualKeyId, int partition) => _keys[virtualKeyId];

    public JobFirstUse? FirstUse(string virtualKeyId, string idempotencyKey) => _firstUses.GetValueOrDefault((virtualKeyId, idempotencyKey));

    public void Insert(JobRow job, PackedSubmission submission)
    {
        _jobs.Add(job.Id, job);
        _writes.Insert(job, submission);
    }

    public void Update(JobRow before, JobRow after)
    {
        _jobs[after.Id] = after;
        _writes.Update(after);
    }

    public void InsertOutcome(Guid jobId, PackedOutcome outcome) => _writes.InsertOutcome(jobId, outcome);

    public void DeleteOutcome(Guid jobId) => _writes.DeleteOutcome(jobId);

    public void SetFirstUse(string virtualKeyId, string idempotencyKey, JobFirstUse use)
    {
        _firstUses[(virtualKeyId, idempotencyKey)] = use;
        _writes.SetFirstUse(virtualKeyId, idempotencyKey, use);
    }

    public void Insert(JobDelivery delivery) => _writes.Insert(delivery);

    /// <summary>Writes what was changed and commits, in one trip.</summary>
    public async Task CommitAsync(CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(_connection);
        _writes.AddTo(batch, [.. _keys.Values.Where(key => key.IsChanged)]);
        await batch.Then("commit").ExecuteNonQueryAsync(cancel);
    }

    private async Task ReadAsync(NpgsqlDataReader rows, bool rowsOnly, CancellationToken cancel)
    {
        await ReadJobsAsync();
        if (!rowsOnly)
        {
            await rows.NextResultAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                var key = new JobKeyRecord(rows.GetString(0), rows.GetInt32(1))
                {
                    OpenJobs = rows.GetInt64(2), OpenBytes = rows.GetInt64(3), Running = rows.GetInt64(4), PausedUntilMs = rows.GetInt64(5),
                };
                _keys.Add(key.VirtualKeyId, key);
            }

            await rows.NextResultAsync(cancel);
            while (await rows.ReadAsync(cancel))
                if (_keys.TryGetValue(rows.GetString(0), out var key)) key.KeptBytes = rows.GetInt64(1);
            await rows.NextResultAsync(cancel);
            while (await rows.ReadAsync(cancel))
                _firstUses.Add((rows.GetString(0), rows.GetString(1)), new JobFirstUse(rows.GetFieldValue<byte[]>(2), rows.GetGuid(3), rows.GetInt64(4)));
            await rows.NextResultAsync(cancel);
            await ReadJobsAsync();
        }

        await rows.NextResultAsync(cancel);
        await rows.ReadAsync(cancel);
        NowMs = rows.GetInt64(0);

        async Task ReadJobsAsync()
        {
            var row = new PostgresRow(rows);
            while (await rows.ReadAsync(cancel))
            {
                // Jobs of first uses come after the locked ones, and are not locked: those stay.
                var job = JobSql.ReadJob(row);
                _jobs.TryAdd(job.Id, job);
            }
        }
    }
}
