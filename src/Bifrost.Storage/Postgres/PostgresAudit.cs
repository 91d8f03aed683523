using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Catalog;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>The rows of <c>audit</c>.</summary>
internal static class PostgresAudit
{
    public static Task<int> InsertAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancel) =>
        connection.ExecuteAsync(
            cancel,
            AuditSql.Insert,
            P(entry.Id), P(entry.At.ToUnixTimeMilliseconds()), P(StorableText.Of(entry.Actor)), P(StorableText.Of(entry.Action)),
            P(entry.Target.Kind), P(entry.Target.Id), P(StorableText.Of(entry.Detail)));

    public static Task<ImmutableArray<AuditEntry>> ReadAsync(NpgsqlConnection connection, Guid? before, int countMax, CancellationToken cancel) =>
        connection.QueryAsync(cancel, AuditSql.Read, AuditSql.Page, P(before ?? Guid.AllBitsSet), P(PageRule.Count(countMax)));
}
