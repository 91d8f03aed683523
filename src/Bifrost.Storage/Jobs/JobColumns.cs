namespace Bifrost.Storage.Jobs;

/// <summary>The columns of <c>job</c> and <c>job_delivery</c>, in the order that both databases read and write them.</summary>
internal static class JobColumns
{
    public const string Job =
        "id, virtual_key_id, partition, request_id, status, fence, attempts, drains, owner, lease_until_ms, cancel_requested, not_before_ms, " +
        "waiting_since_ms, created_at_ms, ended_at_ms, expires_at_ms, result_ttl_s, body_bytes, status_code, last_error, webhook";

    public const string Delivery =
        "id, job_id, virtual_key_id, request_id, endpoint, job_status, status_code, created_at_ms, result_expires_at_ms, state, fence, attempts, " +
        "not_before_ms, ended_at_ms, last_status, last_error";

    public static long? Ms(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    public static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    public static DateTimeOffset? At(long? ms) => ms is { } known ? At(known) : null;
}
