using System.Globalization;
using System.Text;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Catalog;
using Bifrost.Storage.Ledger;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>Pages of entries and leases.</summary>
internal sealed class PostgresLedgerReader(PostgresDatabase database) : ILedgerReader
{
    public Task<ImmutableArray<LedgerEntry>> ReadEntriesAsync(LedgerEntryQuery query, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, cancel) =>
            {
                var sql = new StringBuilder($"select {EntrySql.Columns} from ledger_entry where true");
                var parameters = new List<NpgsqlParameter>();
                foreach (var (condition, value) in EntrySql.Filters(query))
                {
                    parameters.Add(new NpgsqlParameter { Value = value is string text ? StorableText.Of(text) : value });
                    sql.Append(CultureInfo.InvariantCulture, $" and {condition} ${parameters.Count}");
                }

                sql.Append(CultureInfo.InvariantCulture, $" order by attempt_id desc limit {EntrySql.CountOf(query)}");
                return connection.QueryAsync(cancel, PostgresEntries.Read, sql.ToString(), [.. parameters]);
            },
            cancellationToken);

    public Task<ImmutableArray<CreditLease>> ReadLeasesAsync(LeaseState state, Guid? after, int countMax, CancellationToken cancellationToken) =>
        database.RunAsync(
            (connection, cancel) => connection.QueryAsync(
                cancel,
                row => PostgresLeases.Read(row).ToView(),
                $"select {PostgresLedgerRows.LeaseColumns} from credit_lease where state = {(int)state} and id > $1 order by id limit $2",
                P(after ?? Guid.Empty), P(PageRule.Count(countMax))),
            cancellationToken);
}
