using System.Collections.Immutable;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Honest;

/// <summary>One silo's line to the store: a few milliseconds long, never faulty.</summary>
internal sealed class HonestStore(InMemoryLedgerStore store, TimeProvider time) : ILedgerStore
{
    private static readonly TimeSpan s_there = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_back = TimeSpan.FromMilliseconds(2);

    /// <summary>Acquires that were sent.</summary>
    public int Acquires { get; private set; }

    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        store.RegisterHolderAsync(holderId, ttl, catalogSeen, cancellationToken);

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        store.HeartbeatAsync(holderId, ttl, catalogSeen, cancellationToken);

    public async Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
    {
        Acquires += batch.Acquires.Length;
        await Task.Delay(s_there, time, cancellationToken);
        var reply = await store.RunAsync(batch, cancellationToken);
        await Task.Delay(s_back, time, cancellationToken);
        return reply;
    }

    /// <summary>No silo dies here, so a sweep finds nothing.</summary>
    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken) => Task.FromResult(default(SweepReply));

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
