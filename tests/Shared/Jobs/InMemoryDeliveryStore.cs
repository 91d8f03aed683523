using System.Collections.Immutable;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Testing;

/// <summary>Webhook deliveries of an <see cref="InMemoryJobStore"/>, by the product's own <see cref="JobDeliveryRules"/>.</summary>
internal sealed class InMemoryDeliveryStore(SortedDictionary<Guid, JobDelivery> deliveries, TimeProvider time, JobOptions options) : IJobDeliveryStore
{
    private DateTimeOffset T => time.GetUtcNow();

    public Task<ImmutableArray<JobDelivery>> LeaseAsync(int countMax, CancellationToken cancel)
    {
        var leased = deliveries.Values.OrderBy(d => d.NotBefore).Select(d => JobDeliveryRules.Lease(d, T, options)).OfType<JobDelivery>()
            .Take(countMax).ToImmutableArray();
        foreach (var delivery in leased) deliveries[delivery.Id] = delivery;
        return Task.FromResult(leased);
    }

    public Task<bool> EndAsync(JobDeliveryEnd end, CancellationToken cancel)
    {
        if (deliveries.GetValueOrDefault(end.DeliveryId) is not { } delivery || JobDeliveryRules.End(delivery, end, T) is not { } ended)
            return Task.FromResult(false);
        deliveries[ended.Id] = ended;
        return Task.FromResult(true);
    }

    public Task<bool> RedeliverAsync(Guid deliveryId, CancellationToken cancel)
    {
        if (deliveries.GetValueOrDefault(deliveryId) is not { } delivery) return Task.FromResult(false);
        deliveries[deliveryId] = JobDeliveryRules.Redeliver(delivery, T);
        return Task.FromResult(true);
    }

    public Task<ImmutableArray<JobDelivery>> ListAsync(string? endpoint, Guid? jobId, Guid? before, int countMax, CancellationToken cancel) =>
        Task.FromResult(deliveries.Values.Reverse()
            .Where(d => (endpoint is null || d.Endpoint == endpoint) && (jobId is null || d.JobId == jobId)
                && (before is null || d.Id.CompareTo(before.Value) < 0))
            .Take(Math.Clamp(countMax, 1, options.ListMax)).ToImmutableArray());

    /// <summary>Deletes old history, as one sweep of the jobs' store does; answers how much.</summary>
    public int Sweep()
    {
        var old = deliveries.Values.Where(d => d.EndedAt + options.DeliveryHistoryFor <= T).Take(options.SweepRowsMax).ToList();
        foreach (var delivery in old) deliveries.Remove(delivery.Id);
        return old.Count;
    }
}
