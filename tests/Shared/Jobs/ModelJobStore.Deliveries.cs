using System.Collections.Immutable;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Testing;

internal sealed partial class ModelJobStore : IJobDeliveryStore
{
    public SortedDictionary<Guid, JobDelivery> Deliveries { get; } = [];

    Task<ImmutableArray<JobDelivery>> IJobDeliveryStore.LeaseAsync(int countMax, CancellationToken cancel)
    {
        var leased = Deliveries.Values.OrderBy(d => d.NotBefore).Select(d => JobDeliveryRules.Lease(d, T, _options)).OfType<JobDelivery>()
            .Take(countMax).ToImmutableArray();
        foreach (var delivery in leased) Deliveries[delivery.Id] = delivery;
        return Task.FromResult(leased);
    }

    Task<bool> IJobDeliveryStore.EndAsync(JobDeliveryEnd end, CancellationToken cancel)
    {
        if (Deliveries.GetValueOrDefault(end.DeliveryId) is not { } delivery || JobDeliveryRules.End(delivery, end, T) is not { } ended) return Task.FromResult(false);
        Deliveries[ended.Id] = ended;
        return Task.FromResult(true);
    }

    Task<bool> IJobDeliveryStore.RedeliverAsync(Guid deliveryId, CancellationToken cancel)
    {
        if (Deliveries.GetValueOrDefault(deliveryId) is not { } delivery) return Task.FromResult(false);
        Deliveries[deliveryId] = JobDeliveryRules.Redeliver(delivery, T);
        return Task.FromResult(true);
    }

    Task<ImmutableArray<JobDelivery>> IJobDeliveryStore.ListAsync(string? endpoint, Guid? jobId, Guid? before, int countMax, CancellationToken cancel) =>
        Task.FromResult(Deliveries.Values.Reverse()
            .Where(d => (endpoint is null || d.Endpoint == endpoint) && (jobId is null || d.JobId == jobId) && (before is null || d.Id.CompareTo(before.Value) < 0))
            .Take(Math.Clamp(countMax, 1, _options.ListMax)).ToImmutableArray());

    private int SweepDeliveries()
    {
        var old = Deliveries.Values.Where(d => d.EndedAt + _options.DeliveryHistoryFor <= T).Take(_options.SweepRowsMax).ToList();
        foreach (var delivery in old) Deliveries.Remove(delivery.Id);
        return old.Count;
    }
}
