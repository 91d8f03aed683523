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
            "insert into audit (id, at_ms, actor, action, target_kind, target_id, detail) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
            P(entry.Id), P(entry.At.ToUnixTimeMilliseconds()), P(StorableText.Of(entry.Actor)), P(StorableText.Of(entry.Action)),
            P(entry.Target.Kind), P(entry.Target.Id), P(StorableText.Of(entry.Detail)));

    public static Task<ImmutableArray<AuditEntry>> ReadAsync(NpgsqlConnection connection, Guid? before, int countMax, CancellationToken cancel) =>
        connection.QueryAsync(
            cancel,
            row => new AuditEntry
            {
                Id = row.GetGuid(0),
                At = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)),
                Actor = row.GetString(2),
                Action = row.GetString(3),
                Target = new CatalogKey(row.GetString(4), row.GetString(5)),
                Detail = row.GetString(6),
            },
            "select id, at_ms, actor, action, target_kind, target_id, detail from audit where id < $1 order by id desc limit $2",
            P(before ?? Guid.AllBitsSet), P(PageRule.Count(countMax)));
}
