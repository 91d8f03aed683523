using System.Collections.Immutable;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

/// <summary>The in-memory store behind a bad line: refused, hung, late, repeated, done without an answer.</summary>
internal sealed class FaultyStore(IStoreClient silo) : ILedgerStore
{
    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken)
    {
        silo.Registered(holderId);
        return BeatAsync(() => silo.Store.RegisterHolderAsync(holderId, ttl, catalogSeen, default), cancellationToken);
    }

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        BeatAsync(() => silo.Store.HeartbeatAsync(holderId, ttl, catalogSeen, default), cancellationToken);

    public Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken) =>
        CallAsync(() => silo.Store.RunAsync(batch, default), cancellationToken);

    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        CallAsync(() => silo.Store.SweepAsync(grace, default), cancellationToken);

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Operators speak to the store itself.");

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Operators speak to the store itself.");

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Operators speak to the store itself.");

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Operators speak to the store itself.");

    private async Task<HolderReply> BeatAsync(Func<Task<HolderReply>> transaction, CancellationToken cancellationToken)
    {
        var sentAt = silo.Clock.GetUtcNow();
        var reply = await CallAsync(transaction, cancellationToken);
        if (reply.Alive) silo.Beat(sentAt);
        return reply;
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> transaction, CancellationToken cancellationToken)
    {
        var random = silo.Random;
        Away(silo.Dead);
        var dice = random.NextDouble();
        var (refused, hung) = silo.Weather switch
        {
            Weather.Rough => (0.08, 0.08),
            Weather.Outage => (0.6, 0.4),
            _ => (0.0, 0.0),
        };
        if (dice < refused)
        {
            await Task.Delay(Ms(0, 5), silo.Clock, cancellationToken);
            throw new StoreAwayException();
        }

        if (dice < refused + hung)
        {
            if (random.NextDouble() < 0.5) Later(transaction);
            await Task.Delay(Timeout.InfiniteTimeSpan, silo.Clock, cancellationToken);
        }

        await Task.Delay(Latency(), silo.Clock, cancellationToken);
        Away(silo.Dead || silo.CrashesNow());
        var reply = silo.Transact(transaction);
        if (silo.Weather != Weather.Calm && random.NextDouble() < 0.1) Later(transaction);
        Away(silo.CrashesNow());
        Away(silo.Weather == Weather.Rough && random.NextDouble() < 0.1);
        await Task.Delay(Latency(), silo.Clock, cancellationToken);
        Away(silo.Dead || silo.CrashesNow());
        return reply;
    }

    /// <summary>The same command reaches the store once more, or at last, when nobody waits for it.</summary>
    private void Later<T>(Func<Task<T>> transaction) =>
        silo.Clock.After(Ms(0, World.LateMsMax), () => silo.Transact(transaction));

    private TimeSpan Latency() => silo.Weather switch
    {
        Weather.Calm => Ms(0, 3),
        Weather.Slow => Ms(300, 4_000),
        _ => Ms(0, 400),
    };

    private TimeSpan Ms(int from, int to) => TimeSpan.FromMilliseconds(silo.Random.Next(from, to + 1));

    private static void Away(bool away)
    {
        if (away) throw new StoreAwayException();
    }
}

/// <summary>The store gave no answer.</summary>
internal sealed class StoreAwayException() : Exception("The store is away.");
