using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>The ledger on PostgreSQL; its clock is the server's.</summary>
internal sealed class PostgresLedgerStore : ILedgerStore
{
    private readonly PostgresDatabase _database;
    private readonly BatchSplitter _splitter;

    public PostgresLedgerStore(PostgresDatabase database, ILogger log) =>
        (_database, _splitter) = (database, new BatchSplitter(RunOnceAsync, log));

    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async (connection, cancel) =>
            {
                await connection.ExecuteAsync(
                    cancel, "insert into holder (id, seen_until_ms, catalog_seen) values ($1, 0, 0) on conflict (id) do nothing", P(holderId));
                return await RenewAsync(connection, holderId, ttl, catalogSeen, cancel);
            },
            cancellationToken);

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        _database.RunAsync((connection, cancel) => RenewAsync(connection, holderId, ttl, catalogSeen, cancel), cancellationToken);

    public Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken) => _splitter.RunAsync(batch, cancellationToken);

    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async (connection, cancel) =>
            {
                var died = await connection.ExecuteAsync(
                    cancel,
                    "update holder set dead = true where id in (select id from holder where not dead and seen_until_ms + $1 < bifrost_now_ms() " +
                    "order by id for update skip locked)",
                    P((long)grace.TotalMilliseconds));
                var rows = await PostgresLedgerRows.LockOpenOfTheDeadAsync(connection, LedgerLimits.SweepLeasesMax, cancel);
                var transaction = new LedgerTransaction(rows, rows.NowMs);
                foreach (var lease in rows.Leases) transaction.Doubt(lease);
                await rows.CommitAsync(cancel);
                return new SweepReply(died, rows.Leases.Count, await ForgetAsync(connection, rows.NowMs, cancel));
            },
            cancellationToken);

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken) =>
        InTransactionAsync(
            () => new LockRequest().Add(leaseId),
            transaction => transaction.Release(leaseId, (long)longestCall.TotalMilliseconds),
            cancellationToken);

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken) =>
        InTransactionAsync(
            () => new LockRequest().Add(entry),
            transaction => transaction.Adjust(entry with { Kind = LedgerEntryKind.Adjust }),
            cancellationToken);

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken) =>
        _database.RunAsync((connection, cancel) => PostgresBudgets.ApplyAsync(connection, change, cancel), cancellationToken);

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async (connection, cancel) =>
            {
                var found = await connection.QueryAsync(
                    cancel,
                    row => (Budget: LedgerSql.ReadBudget(row), NowMs: row.Long(10)),
                    $"select {LedgerSql.BudgetColumns}, bifrost_now_ms() from budget where id = any($1)",
                    P(budgetIds.ToArray()));
                var byId = found.ToDictionary(row => row.Budget.Id, StringComparer.Ordinal);
                var numbers = ImmutableArray.CreateBuilder<BudgetNumbers>(found.Length);
                foreach (var id in budgetIds)
                {
                    if (!byId.TryGetValue(id, out var row)) continue;
                    row.Budget.Roll(row.NowMs);
                    numbers.Add(row.Budget.ToNumbers());
                }

                return numbers.DrainToImmutable();
            },
            cancellationToken);

    private static async Task<int> ForgetAsync(NpgsqlConnection connection, long nowMs, CancellationToken cancel)
    {
        var unused = await connection.ExecuteAsync(
            cancel,
            "delete from credit_lease where id in (select id from credit_lease where state = 2 and settled_nanos = 0 and id < $1 " +
            "order by id limit $2 for update skip locked)",
            P(ForgottenLeases.Standard.UnusedBefore(nowMs)), P(LedgerLimits.SweepForgottenMax));
        return unused + await connection.ExecuteAsync(
            cancel,
            "delete from credit_lease where id in (select id from credit_lease where state = 2 and id < $1 order by id limit $2 for update skip locked)",
            P(ForgottenLeases.Standard.UsedBefore(nowMs)), P(LedgerLimits.SweepForgottenMax));
    }

    private Task<LedgerBatchReply> RunOnceAsync(LedgerBatch batch, CancellationToken cancel) =>
        InTransactionAsync(() => LockRequest.Of(batch), transaction => transaction.Run(batch), cancel);

    private Task<T> InTransactionAsync<T>(Func<LockRequest> request, Func<LedgerTransaction, T> commands, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async (connection, cancel) =>
            {
                try
                {
                    var rows = await PostgresLedgerRows.LockAsync(connection, request(), cancel);
                    var result = commands(new LedgerTransaction(rows, rows.NowMs));
                    await rows.CommitAsync(cancel);
                    return result;
                }
                catch (OverflowException overflow)
                {
                    throw new InvalidCommandException("An amount is larger than a counter can hold.", overflow);
                }
                catch (PostgresException refused) when (PostgresFaults.IsInvalidValue(refused))
                {
                    throw new InvalidCommandException(refused.MessageText, refused);
                }
            },
            cancellationToken);

    private static async Task<HolderReply> RenewAsync(
        NpgsqlConnection connection, Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancel)
    {
        await using var command = connection.Command(
            "with renewed as (update holder set seen_until_ms = bifrost_now_ms() + $2, catalog_seen = greatest(catalog_seen, $3) " +
            "where id = $1 and not dead returning 1) select exists (select from renewed), version, bifrost_now_ms() from catalog",
            P(holderId), P((long)ttl.TotalMilliseconds), P(catalogSeen));
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        return new HolderReply(row.GetBoolean(0), row.GetInt64(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)));
    }
}
