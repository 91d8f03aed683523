using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Jobs;

namespace Bifrost.Storage.Sqlite;

/// <summary>Webhook deliveries on SQLite.</summary>
internal sealed class SqliteDeliveryStore(SqliteDatabase database, JobOptions options) : IJobDeliveryStore
{
    private static readonly string s_insertSql =
        $"insert into job_delivery ({JobColumns.Delivery}) values ({QueryText.Parameters(JobSql.DeliveryColumnCount)})";

    private DateTimeOffset Now => JobColumns.At(database.Clock.NowMs);

    public static void Insert(SqliteSession session, JobDelivery delivery) =>
        session.Prepare(s_insertSql)
            .Bind(delivery.Id).Bind(delivery.JobId).Bind(delivery.VirtualKeyId).Bind(delivery.RequestId).Bind(delivery.Endpoint)
            .Bind((long)delivery.JobStatus).Bind(delivery.StatusCode).Bind(JobColumns.Ms(delivery.CreatedAt)).Bind(JobColumns.Ms(delivery.ResultExpiresAt))
            .Bind((long)delivery.State).Bind(delivery.Fence).Bind(delivery.Attempts).Bind(JobColumns.Ms(delivery.NotBefore))
            .Bind(JobColumns.Ms(delivery.EndedAt)).Bind(delivery.LastStatus).Bind(delivery.LastError).Run();

    public async Task<ImmutableArray<JobDelivery>> LeaseAsync(int countMax, CancellationToken cancel)
    {
        // Mostly there are none, and then the writer is left alone.
        if ((await database.ReadAsync(session => Due(session, countMax), cancel)).IsEmpty) return [];
        return await database.WriteAsync(
            session =>
            {
                var leased = Due(session, countMax).Select(delivery => JobDeliveryRules.Lease(delivery, Now, options)).OfType<JobDelivery>().ToImmutableArray();
                foreach (var delivery in leased) Update(session, delivery);
                return leased;
            },
            cancel);
    }

    public Task<bool> EndAsync(JobDeliveryEnd end, CancellationToken cancel) => database.WriteAsync(
        session => Find(session, end.DeliveryId) is { } delivery
            && JobDeliveryRules.End(delivery, end with { Error = StorableText.OrNull(end.Error) }, Now) is { } ended
            && Update(session, ended),
        cancel);

    public Task<bool> RedeliverAsync(Guid deliveryId, CancellationToken cancel) => database.WriteAsync(
        session => Find(session, deliveryId) is { } delivery && Update(session, JobDeliveryRules.Redeliver(delivery, Now)), cancel);

    public Task<ImmutableArray<JobDelivery>> ListAsync(string? endpoint, Guid? jobId, Guid? before, int countMax, CancellationToken cancel) =>
        database.ReadAsync(
            session =>
            {
                var query = JobSql.Deliveries(endpoint, jobId, before, Math.Clamp(countMax, 1, options.ListMax));
                return session.Prepare(query.ToString()).Bind(query.Values).ReadAll(JobSql.ReadDelivery);
            },
            cancel);

    private ImmutableArray<JobDelivery> Due(SqliteSession session, int countMax) =>
        session.Prepare($"select {JobColumns.Delivery} from job_delivery where state < 2 and not_before_ms <= ? order by not_before_ms limit ?")
            .Bind(database.Clock.NowMs).Bind(Math.Clamp(countMax, 1, options.SweepRowsMax)).ReadAll(JobSql.ReadDelivery);

    private static JobDelivery? Find(SqliteSession session, Guid id) =>
        session.Prepare($"select {JobColumns.Delivery} from job_delivery where id = ?").Bind(id).ReadFirst(JobSql.ReadDelivery);

    private static bool Update(SqliteSession session, JobDelivery delivery) =>
        session.Prepare(
                "update job_delivery set state = ?, fence = ?, attempts = ?, not_before_ms = ?, ended_at_ms = ?, last_status = ?, last_error = ? where id = ?")
            .Bind((long)delivery.State).Bind(delivery.Fence).Bind(delivery.Attempts).Bind(JobColumns.Ms(delivery.NotBefore))
            .Bind(JobColumns.Ms(delivery.EndedAt)).Bind(delivery.LastStatus).Bind(delivery.LastError).Bind(delivery.Id).Run() == 1;
}
