using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Jobs;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;
using static Bifrost.Storage.Postgres.PostgresJobWrites;

namespace Bifrost.Storage.Postgres;

/// <summary>Webhook deliveries on PostgreSQL.</summary>
internal sealed class PostgresDeliveryStore(PostgresDatabase database, JobOptions options) : IJobDeliveryStore
{
    private static readonly string s_insertSql =
        $"insert into job_delivery ({JobColumns.Delivery}) select * from unnest({QueryText.Parameters(JobSql.DeliveryColumnCount)})";

    public static void AddInsert(NpgsqlBatch batch, List<JobDelivery> rows)
    {
        if (rows.Count == 0) return;
        batch.Then(
            s_insertSql,
            Column(rows, d => d.Id), Column(rows, d => d.JobId), Column(rows, d => d.VirtualKeyId), Column(rows, d => d.RequestId),
            Column(rows, d => d.Endpoint), Column(rows, d => (short)d.JobStatus), Column(rows, d => d.StatusCode),
            Column(rows, d => d.CreatedAt.ToUnixTimeMilliseconds()), Column(rows, d => d.ResultExpiresAt.ToUnixTimeMilliseconds()),
            Column(rows, d => (short)d.State), Column(rows, d => d.Fence), Column(rows, d => d.Attempts),
            Column(rows, d => d.NotBefore.ToUnixTimeMilliseconds()), Column(rows, d => JobColumns.Ms(d.EndedAt)), Column(rows, d => d.LastStatus),
            Column(rows, d => d.LastError));
    }

    public Task<ImmutableArray<JobDelivery>> LeaseAsync(int countMax, CancellationToken cancellationToken) => ChangeAsync(
        "state < 2 and not_before_ms <= bifrost_now_ms() order by not_before_ms limit $1 for update skip locked",
        P(Math.Clamp(countMax, 1, options.SweepRowsMax)),
        (delivery, now) => JobDeliveryRules.Lease(delivery, now, options),
        cancellationToken);

    public async Task<bool> EndAsync(JobDeliveryEnd end, CancellationToken cancellationToken) => !(await ChangeAsync(
        "id = $1 for update",
        P(end.DeliveryId),
        (delivery, now) => JobDeliveryRules.End(delivery, end with { Error = StorableText.OrNull(end.Error) }, now),
        cancellationToken)).IsEmpty;

    public async Task<bool> RedeliverAsync(Guid deliveryId, CancellationToken cancellationToken) =>
        !(await ChangeAsync("id = $1 for update", P(deliveryId), JobDeliveryRules.Redeliver, cancellationToken)).IsEmpty;

    public Task<ImmutableArray<JobDelivery>> ListAsync(string? endpoint, Guid? jobId, Guid? before, int countMax, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, cancel) =>
            {
                var query = JobSql.Deliveries(endpoint, jobId, before, Math.Clamp(countMax, 1, options.ListMax));
                return connection.QueryAsync(cancel, JobSql.ReadDelivery, query.ToString(), Values(query));
            },
            cancellationToken);

    /// <summary>Locks the deliveries that fit, and writes those that the rule changes; answers these.</summary>
    private Task<ImmutableArray<JobDelivery>> ChangeAsync(
        string where, NpgsqlParameter parameter, Func<JobDelivery, DateTimeOffset, JobDelivery?> rule, CancellationToken cancellationToken) =>
        database.RunAsync(
            async (connection, cancel) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                var nowMs = 0L;
                var found = await connection.QueryAsync(
                    cancel,
                    row =>
                    {
                        nowMs = row.Long(JobSql.DeliveryColumnCount);
                        return JobSql.ReadDelivery(row);
                    },
                    $"select {JobColumns.Delivery}, bifrost_now_ms() from job_delivery where {where}",
                    parameter.Clone());
                var changed = found.Select(delivery => rule(delivery, JobColumns.At(nowMs))).OfType<JobDelivery>().ToImmutableArray();
                if (!changed.IsEmpty) await UpdateAsync(connection, changed, cancel);
                await transaction.CommitAsync(cancel);
                return changed;
            },
            cancellationToken);

    private static Task<int> UpdateAsync(NpgsqlConnection connection, ImmutableArray<JobDelivery> rows, CancellationToken cancel) => connection.ExecuteAsync(
        cancel,
        "update job_delivery d set state = n.state, fence = n.fence, attempts = n.attempts, not_before_ms = n.not_before, ended_at_ms = n.ended_at, " +
        "last_status = n.last_status, last_error = n.last_error from unnest($1, $2, $3, $4, $5, $6, $7, $8) " +
        "as n(id, state, fence, attempts, not_before, ended_at, last_status, last_error) where d.id = n.id",
        Column(rows, d => d.Id), Column(rows, d => (short)d.State), Column(rows, d => d.Fence), Column(rows, d => d.Attempts),
        Column(rows, d => d.NotBefore.ToUnixTimeMilliseconds()), Column(rows, d => JobColumns.Ms(d.EndedAt)), Column(rows, d => d.LastStatus),
        Column(rows, d => d.LastError));
}
