using Bifrost.Ledger.Store;
using Bifrost.Storage.Catalog;
using Bifrost.Storage.Ledger;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>Pages of entries and leases.</summary>
internal sealed class PostgresLedgerReader(PostgresDatabase database) : ILedgerReader
{
    public Task<ImmutableArray<LedgerEntry>> ReadEntriesAsync(LedgerEntryQuery query, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, cancel) =>
            {
                var page = EntrySql.Page(query);
                return connection.QueryAsync(cancel, EntrySql.Read, page.ToString(), Values(page));
            },
            cancellationToken);

    public Task<ImmutableArray<CreditLease>> ReadLeasesAsync(LeaseState state, Guid? after, int countMax, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, cancel) => connection.QueryAsync(
                cancel,
                row => LedgerSql.ReadLease(row).ToView(),
                LedgerSql.LeasePage(state),
                P(after ?? Guid.Empty), P(PageRule.Count(countMax))),
            cancellationToken);
}
