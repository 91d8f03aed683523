using Bifrost.Core.Jobs;
using Bifrost.Core.Jobs.Store;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>Deletes what has expired, at most so many rows of a kind; what another transaction holds is left to the next sweep.</summary>
internal static class PostgresJobSweep
{
    public static async Task<JobSweep> RunAsync(NpgsqlConnection connection, JobOptions options, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var max = options.SweepRowsMax;
        var jobs = await connection.QueryAsync(
            cancel,
            row => row.GetGuid(0),
            "select id from job where expires_at_ms <= bifrost_now_ms() order by expires_at_ms limit $1 for update skip locked",
            P(max));
        if (!jobs.IsEmpty)
        {
            var ids = jobs.ToArray();
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
