using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Storage.Jobs;

/// <summary>
/// The rows of <c>job</c> and the tables beside it, as both databases write and read them. <c>now</c> is SQL for the store's clock: a parameter
/// on SQLite, a function on PostgreSQL.
/// </summary>
internal static class JobSql
{
    public const int JobColumnCount = 21;
    public const int DeliveryColumnCount = 16;

    public const string Running = "select virtual_key_id, running from job_key where partition = $1 and running > 0";

    /// <summary>A job that has not expired, by its id ($1).</summary>
    public static string Job(string now) => $"select {JobColumns.Job} from job where id = $1 and {Alive(now)}";

    /// <summary>The request of such a job.</summary>
    public static string Request(string now) =>
        $"select r.call, r.encoding, r.length, r.body from job_request r join job j on j.id = r.job_id where r.job_id = $1 and {Alive(now)}";

    /// <summary>The outcome of such a job.</summary>
    public static string Outcome(string now) =>
        "select r.status_code, r.headers, r.encoding, r.length, r.body from job_result r join job j on j.id = r.job_id " +
        $"where r.job_id = $1 and {Alive(now)}";

    /// <summary>The same, an empty body in the place of a large one.</summary>
    public static string OutcomeHead(string now) =>
        $"select r.status_code, r.headers, r.encoding, r.length, case when r.length <= {JobOutcomeHead.SmallBytes} then r.body else '' end " +
        $"from job_result r join job j on j.id = r.job_id where r.job_id = $1 and {Alive(now)}";

    /// <summary>A page of jobs, the newest first.</summary>
    /// <param name="query">Which.</param>
    /// <param name="listMax">The longest page.</param>
    /// <param name="now">The clock.</param>
    /// <param name="values">The clock's value where it is a parameter.</param>
    public static QueryText Page(JobListQuery query, int listMax, string now, params object[] values) =>
        new QueryText($"select {JobColumns.Job} from job where {Alive(now)}", values)
            .And("virtual_key_id =", query.VirtualKeyId)
            .And("status =", (long?)query.Status)
            .And("created_at_ms >=", JobColumns.Ms(query.From))
            .And("created_at_ms <", JobColumns.Ms(query.To))
            .And("id <", query.Before)
            .Limit("id desc", Math.Clamp(query.CountMax, 1, listMax));

    /// <summary>A page of deliveries, the newest first.</summary>
    public static QueryText Deliveries(string? endpoint, Guid? jobId, Guid? before, int countMax) =>
        new QueryText($"select {JobColumns.Delivery} from job_delivery where id < $1", before ?? Guid.AllBitsSet)
            .And("endpoint =", endpoint)
            .And("job_id =", jobId)
            .Limit("id desc", countMax);

    /// <summary>The keys with the most open jobs, $1 of them.</summary>
    /// <param name="more">Further columns.</param>
    public static string Depths(string more = "") =>
        "select k.partition, k.virtual_key_id, k.open_jobs, k.open_bytes, k.paused_until_ms, k.running, " +
        "(select j.created_at_ms from job j where j.status = 0 and j.partition = k.partition and j.virtual_key_id = k.virtual_key_id " +
        $"order by j.not_before_ms, j.id limit 1){more} from job_key k where k.open_jobs > 0 order by k.open_jobs desc, k.virtual_key_id limit $1";

    public static JobRow ReadJob(IRow row) => new()
    {
        Id = row.Id(0),
        VirtualKeyId = row.Text(1),
        Partition = row.Int(2),
        RequestId = row.Text(3),
        Status = (JobStatus)row.Int(4),
        Fence = row.Long(5),
        Attempts = row.Int(6),
        Drains = row.Int(7),
        Owner = row.IdOrNull(8),
        LeaseUntil = row.TimeOrNull(9),
        CancelRequested = row.Bool(10),
        NotBefore = row.Time(11),
        WaitingSince = row.TimeOrNull(12),
        CreatedAt = row.Time(13),
        EndedAt = row.TimeOrNull(14),
        ExpiresAt = row.TimeOrNull(15),
        ResultTtlSeconds = row.Long(16),
        BodyBytes = row.Int(17),
        StatusCode = row.Int(18),
        LastError = row.TextOrNull(19),
        Webhook = row.TextOrNull(20),
    };

    public static PackedRequest ReadRequest(IRow row) => new(row.Text(0), new PackedBody(row.Int(1), row.Int(2), row.Bytes(3)));

    public static PackedOutcome ReadOutcome(IRow row) => new(row.Int(0), row.Text(1), new PackedBody(row.Int(2), row.Int(3), row.Bytes(4)));

    public static JobDelivery ReadDelivery(IRow row) => new()
    {
        Id = row.Id(0),
        JobId = row.Id(1),
        VirtualKeyId = row.Text(2),
        RequestId = row.Text(3),
        Endpoint = row.Text(4),
        JobStatus = (JobStatus)row.Int(5),
        StatusCode = row.Int(6),
        CreatedAt = row.Time(7),
        ResultExpiresAt = row.Time(8),
        State = (JobDeliveryState)row.Int(9),
        Fence = row.Long(10),
        Attempts = row.Int(11),
        NotBefore = row.Time(12),
        EndedAt = row.TimeOrNull(13),
        LastStatus = row.Int(14),
        LastError = row.TextOrNull(15),
    };

    public static JobDepth ReadDepth(IRow row, long nowMs) => new(
        row.Int(0), row.Text(1), row.Long(2) - row.Long(5), row.Long(5), row.Long(3),
        row.LongOrNull(6) is { } oldest ? TimeSpan.FromMilliseconds(nowMs - oldest) : null,
        TimeSpan.FromMilliseconds(Math.Max(0, row.Long(4) - nowMs)));

    private static string Alive(string now) => $"(expires_at_ms is null or expires_at_ms > {now})";
}
