using Bifrost.Ledger.Store;
using Bifrost.Storage.Catalog;
using Bifrost.Storage.Ledger;

namespace Bifrost.Storage.Sqlite;

/// <summary>Pages of entries and leases, read beside the writer.</summary>
internal sealed class SqliteLedgerReader(SqliteDatabase database) : ILedgerReader
{
    public Task<ImmutableArray<LedgerEntry>> ReadEntriesAsync(LedgerEntryQuery query, CancellationToken cancellationToken) =>
        database.ReadAsync(session => ReadEntries(session, query), cancellationToken);

    public Task<ImmutableArray<CreditLease>> ReadLeasesAsync(LeaseState state, Guid? after, int countMax, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.Prepare(LedgerSql.LeasePage(state)).Bind(after ?? Guid.Empty).Bind(PageRule.Count(countMax))
                .ReadAll(row => LedgerSql.ReadLease(row).ToView()),
            cancellationToken);

    private static ImmutableArray<LedgerEntry> ReadEntries(SqliteSession session, LedgerEntryQuery query)
    {
        var page = EntrySql.Page(query);
        using var rows = session.PrepareOnce(page.ToString());
        return rows.Bind(page.Values).ReadAll(EntrySql.Read);
    }
}
