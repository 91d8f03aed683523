using Bifrost.Catalog.Model;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;
using Microsoft.Extensions.Logging;

namespace Bifrost.Storage.Sqlite;

/// <summary>The ledger on SQLite. One writer, so the order of locks is the order of the queue.</summary>
internal sealed class SqliteLedgerStore : ILedgerStore
{
    private readonly SqliteDatabase _database;
    private readonly BatchSplitter _splitter;

    public SqliteLedgerStore(SqliteDatabase database, ILogger log) =>
        (_database, _splitter) = (database, new BatchSplitter(RunOnceAsync, log));

    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            session =>
            {
                session.Prepare("insert into holder (id, seen_until_ms, catalog_seen) values (?, 0, 0) on conflict (id) do nothing")
                    .Bind(holderId).Run();
                return Renew(session, holderId, ttl, catalogSeen);
            },
            cancellationToken);

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => Renew(session, holderId, ttl, catalogSeen), cancellationToken);

    public Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken) => _splitter.RunAsync(batch, cancellationToken);

    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            session =>
            {
                var nowMs = _database.Clock.NowMs;
                var died = session.Prepare("update holder set dead = 1 where dead = 0 and seen_until_ms + ? < ?")
                    .Bind((long)grace.TotalMilliseconds).Bind(nowMs).Run();
                var rows = new SqliteLedgerRows(session);
                var transaction = new LedgerTransaction(rows, nowMs);
                var leases = OpenLeasesOfTheDead(session);
                foreach (var id in leases) transaction.Doubt(rows.Lease(id)!);
                rows.Flush();
                return new SweepReply(died, leases.Length, Forget(session, nowMs));
            },
            cancellationToken);

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken) =>
        InTransactionAsync(
            transaction => transaction.Release(leaseId, (long)longestCall.TotalMilliseconds), cancellationToken);

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken) =>
        InTransactionAsync(transaction => transaction.Adjust(entry with { Kind = LedgerEntryKind.Adjust }), cancellationToken);

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => SqliteBudgets.Apply(session, change, _database.Clock.NowMs), cancellationToken);

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            session =>
            {
                var rows = new SqliteLedgerRows(session);
                var numbers = ImmutableArray.CreateBuilder<BudgetNumbers>(budgetIds.Length);
                foreach (var id in budgetIds)
                {
                    if (rows.Budget(id) is not { } budget) continue;
                    budget.Roll(_database.Clock.NowMs);
                    numbers.Add(budget.ToNumbers());
                }

                return numbers.DrainToImmutable();
            },
            cancellationToken);

    private static int Forget(SqliteSession session, long nowMs)
    {
        var unused = session.Prepare(
                "delete from credit_lease where id in (select id from credit_lease where state = 2 and settled_nanos = 0 and id < ? order by id limit ?)")
            .Bind(ForgottenLeases.Standard.UnusedBefore(nowMs)).Bind(LedgerLimits.SweepForgottenMax).Run();
        return unused + session.Prepare(
                "delete from credit_lease where id in (select id from credit_lease where state = 2 and id < ? order by id limit ?)")
            .Bind(ForgottenLeases.Standard.UsedBefore(nowMs)).Bind(LedgerLimits.SweepForgottenMax).Run();
    }

    private Task<LedgerBatchReply> RunOnceAsync(LedgerBatch batch, CancellationToken cancel) =>
        InTransactionAsync(transaction => transaction.Run(batch), cancel);

    private Task<T> InTransactionAsync<T>(Func<LedgerTransaction, T> commands, CancellationToken cancel) =>
        _database.WriteAsync(
            session =>
            {
                try
                {
                    var rows = new SqliteLedgerRows(session);
                    var result = commands(new LedgerTransaction(rows, _database.Clock.NowMs));
                    rows.Flush();
                    return result;
                }
                catch (OverflowException overflow)
                {
                    throw new InvalidCommandException("An amount is larger than a counter can hold.", overflow);
                }
            },
            cancel);

    private HolderReply Renew(SqliteSession session, Guid holderId, TimeSpan ttl, long catalogSeen)
    {
        _database.CheckInPlace();
        var nowMs = _database.Clock.NowMs;
        var alive = session.Prepare("update holder set seen_until_ms = ?, catalog_seen = max(catalog_seen, ?) where id = ? and dead = 0")
            .Bind(nowMs + (long)ttl.TotalMilliseconds).Bind(catalogSeen).Bind(holderId).Run() == 1;
        return new HolderReply(alive, SqliteBudgets.CatalogVersion(session), DateTimeOffset.FromUnixTimeMilliseconds(nowMs));
    }

    private static ImmutableArray<Guid> OpenLeasesOfTheDead(SqliteSession session) =>
        session.Prepare("select l.id from credit_lease l join holder h on h.id = l.holder_id where l.state = 0 and h.dead = 1 order by l.id limit ?")
            .Bind(LedgerLimits.SweepLeasesMax).ReadAll(row => row.Id(0));
}
