using System.Collections.Immutable;
using Bifrost.Ledger.Store;

namespace Bifrost.Benchmarks.Ledger;

/// <summary>A store that has all the money in the world and answers at once: what is left is the cost of the book itself.</summary>
internal sealed class GrantingStore : ILedgerStore
{
    public Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
    {
        var grants = ImmutableArray.CreateBuilder<AcquireReply>(batch.Acquires.Length);
        foreach (var acquire in batch.Acquires) grants.Add(new LeaseGranted(acquire.WantNanos * 16, 0, LedgerLimits.LeaseTerm));
        return Task.FromResult(new LedgerBatchReply { Now = DateTimeOffset.UnixEpoch, Acquires = grants.MoveToImmutable() });
    }

    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        Task.FromResult(new HolderReply(true, 0, DateTimeOffset.UnixEpoch));

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        Task.FromResult(new HolderReply(true, 0, DateTimeOffset.UnixEpoch));

    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken) => Task.FromResult(default(SweepReply));

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken) =>
        Task.FromResult(ReleaseReply.Unknown);

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken) => Task.FromResult(AdjustReply.UnknownLease);

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<BudgetNumbers>.Empty);
}
