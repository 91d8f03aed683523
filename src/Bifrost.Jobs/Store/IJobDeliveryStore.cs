using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Store;

/// <summary>
/// What is to be told to webhook endpoints. A delivery is inserted with the end of its job, in one transaction; the rules of
/// <see cref="IJobStore"/> hold.
/// </summary>
public interface IJobDeliveryStore
{
    /// <summary>
    /// Takes due deliveries, those of leases that ended among them, for <see cref="JobOptions.DeliveryLeaseFor"/>; the fence of each grows.
    /// </summary>
    Task<ImmutableArray<JobDelivery>> LeaseAsync(int countMax, CancellationToken cancel);

    /// <summary>The lease's holder says what came of a try. False: the fence is old.</summary>
    Task<bool> EndAsync(JobDeliveryEnd end, CancellationToken cancel);

    /// <summary>Makes an ended delivery due again, its tries forgotten (admin). False: unknown.</summary>
    Task<bool> RedeliverAsync(Guid deliveryId, CancellationToken cancel);

    /// <summary>Deliveries, the newest first, older than <paramref name="before"/> when it is given; of one endpoint or job, or of all.</summary>
    Task<ImmutableArray<JobDelivery>> ListAsync(string? endpoint, Guid? jobId, Guid? before, int countMax, CancellationToken cancel);
}
