using Bifrost.Ledger.Ids;

namespace Bifrost.Jobs.Rules;

/// <summary>The life of a webhook delivery: pending, leased, delivered or dead; pending again after a failed try. Pure, as <see cref="JobRules"/>.</summary>
public static class JobDeliveryRules
{
    /// <summary>The webhook delivery that the end of a job asks for; null: none.</summary>
    public static JobDelivery? Of(JobRow job) => job is { IsEnded: true, Webhook: { } endpoint, EndedAt: { } endedAt, ExpiresAt: { } expiresAt }
        ? new JobDelivery
        {
            Id = Uuid.New(endedAt),
            JobId = job.Id,
            VirtualKeyId = job.VirtualKeyId,
            RequestId = job.RequestId,
            Endpoint = endpoint,
            JobStatus = job.Status,
            StatusCode = job.StatusCode,
            CreatedAt = endedAt,
            NotBefore = endedAt,
            ResultExpiresAt = expiresAt,
        }
        : null;

    /// <summary>Null: not due. A lease that ended is due again.</summary>
    public static JobDelivery? Lease(JobDelivery delivery, DateTimeOffset now, JobOptions options) =>
        delivery.State is JobDeliveryState.Pending or JobDeliveryState.Leased && delivery.NotBefore <= now
            ? delivery with
            {
                State = JobDeliveryState.Leased,
                Fence = delivery.Fence + 1,
                Attempts = delivery.Attempts + 1,
                NotBefore = now + options.DeliveryLeaseFor,
            }
            : null;

    /// <summary>Null: the fence is old, or the delivery is not leased.</summary>
    public static JobDelivery? End(JobDelivery delivery, JobDeliveryEnd end, DateTimeOffset now) =>
        delivery.State != JobDeliveryState.Leased || delivery.Fence != end.Fence || end.State == JobDeliveryState.Leased
            ? null
            : delivery with
            {
                State = end.State,
                NotBefore = now + (end.Delay > TimeSpan.Zero ? end.Delay : TimeSpan.Zero),
                EndedAt = end.State == JobDeliveryState.Pending ? null : now,
                LastStatus = end.Status,
                LastError = end.Error,
            };

    /// <summary>Due again from its first try on. A delivery that has not ended stays as it is.</summary>
    public static JobDelivery Redeliver(JobDelivery delivery, DateTimeOffset now) =>
        delivery.State is JobDeliveryState.Delivered or JobDeliveryState.Dead
            ? delivery with { State = JobDeliveryState.Pending, Attempts = 0, NotBefore = now, EndedAt = null }
            : delivery;
}
