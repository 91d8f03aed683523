using System.Text;
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
            session =>
            {
                var found = ImmutableArray.CreateBuilder<CreditLease>();
                var rows = session.Prepare(
                        $"select {SqliteLedgerRows.LeaseColumns} from credit_lease where state = {(int)state} and id > ? order by id limit ?")
                    .Bind(after ?? Guid.Empty).Bind(PageRule.Count(countMax));
                while (rows.Step()) found.Add(SqliteLedgerRows.ReadLease(rows).ToView());
                return found.DrainToImmutable();
            },
            cancellationToken);

    private static ImmutableArray<LedgerEntry> ReadEntries(SqliteSession session, LedgerEntryQuery query)
    {
        var filters = EntrySql.Filters(query);
        var sql = new StringBuilder($"select {EntrySql.Columns} from ledger_entry where true");
        foreach (var (condition, _) in filters) sql.Append(" and ").Append(condition).Append(" ?");
        using var rows = session.PrepareOnce(sql.Append(" order by attempt_id desc limit ?").ToString());
        foreach (var (_, value) in filters)
        {
            if (value is string text) rows.Bind(text);
            else if (value is Guid id) rows.Bind(id);
            else rows.Bind((long)value);
        }

        rows.Bind(EntrySql.CountOf(query));
        var found = ImmutableArray.CreateBuilder<LedgerEntry>();
        while (rows.Step()) found.Add(SqliteEntries.Read(rows));
        return found.DrainToImmutable();
    }
}
