using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>
/// Deletes what has expired, at most so many rows of a kind, and keys that have nothing left; what another transaction holds is left to the
/// next sweep.
/// </summary>
internal static class PostgresJobSweep
{
    private const string IsIdle =
        "k.open_jobs = 0 and k.paused_until_ms <= bifrost_now_ms() and not exists (select from job j where j.virtual_key_id = k.virtual_key_id) " +
        "and not exists (select from job_idempotency i where i.virtual_key_id = k.virtual_key_id)";

    /// <summary>
    /// Looks at the next few keys and deletes those that have nothing left; answers the last one, or null at the end of the round. Whoever
    /// submits holds the key's row until its job is there: so the row is locked first, and only then looked for what it counts.
    /// </summary>
    public static async Task<string?> IdleKeysAsync(NpgsqlConnection connection, string? after, int max, CancellationToken cancel)
    {
        var seen = await connection.QueryAsync(
            cancel,
            row => (Key: row.Text(0), IsIdle: row.Bool(1)),
            $"select k.virtual_key_id, {IsIdle} from job_key k where k.virtual_key_id > $1 order by k.virtual_key_id limit $2",
            P(after ?? ""), P(max));
        var idle = seen.Where(key => key.IsIdle).Select(key => key.Key).ToArray();
        if (idle.Length > 0)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            var locked = await connection.QueryAsync(
                cancel,
                row => row.Text(0),
                "select virtual_key_id from job_key where virtual_key_id = any($1) order by virtual_key_id for update skip locked",
                P(idle));
            await connection.ExecuteAsync(cancel, $"delete from job_key k where k.virtual_key_id = any($1) and {IsIdle}", P(locked.ToArray()));
            await transaction.CommitAsync(cancel);
        }

        return seen.Length < max ? null : seen[^1].Key;
    }

    public static async Task<JobSweep> RunAsync(NpgsqlConnection connection, JobOptions options, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var max = options.SweepRowsMax;
        var jobs = await connection.QueryAsync(
            cancel,
            row => row.Id(0),
            "select id from job where expires_at_ms <= bifrost_now_ms() order by expires_at_ms limit $1 for update skip locked",
            P(max));
        if (!jobs.IsEmpty)
        {
            var ids = jobs.ToArray();

            // Commands of these keys write their kept bytes too, and in another order: whoever has the keys' rows goes first.
            await connection.ExecuteAsync(
                cancel,
                "select from job_key where virtual_key_id = any(array(select virtual_key_id from job where id = any($1))) order by virtual_key_id for update",
                P(ids));
            await using var batch = new NpgsqlBatch(connection);
            await batch.Then("delete from job_request where job_id = any($1)", P(ids))
                .Then("delete from job_result where job_id = any($1)", P(ids))
                .Then("update job_idempotency set job_gone = true where job_id = any($1)", P(ids))
                .Then("delete from job where id = any($1)", P(ids))
                .ExecuteNonQueryAsync(cancel);
        }

        var keys = await connection.ExecuteAsync(
            cancel,
            "delete from job_idempotency where job_id in (select job_id from job_idempotency where job_gone and at_ms <= bifrost_now_ms() - $1 limit $2 " +
            "for update skip locked)",
            P((long)options.IdempotencyFor.TotalMilliseconds), P(max));
        var deliveries = await connection.ExecuteAsync(
            cancel,
            "delete from job_delivery where id in (select id from job_delivery where ended_at_ms <= bifrost_now_ms() - $1 limit $2 for update skip locked)",
            P((long)options.DeliveryHistoryFor.TotalMilliseconds), P(max));
        await transaction.CommitAsync(cancel);
        return new JobSweep(jobs.Length, keys, deliveries);
    }
}
