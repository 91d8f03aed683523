namespace Bifrost.Jobs.Requests;

/// <summary>The headers of jobs on the chat route (contract section 8).</summary>
public static class AsyncHeaderNames
{
    public const string Id = "x-bf-async-id";
    public const string Switch = "x-bf-async";
    public const string Status = "x-bf-async-status";
    public const string ResultTtl = "x-bf-async-job-result-ttl";
    public const string Webhook = "x-bf-async-webhook";
    public const string IdempotencyKey = "Idempotency-Key";
}
