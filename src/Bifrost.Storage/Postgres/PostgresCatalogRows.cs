using System.Data;
using Bifrost.Catalog.Store;
using Bifrost.Storage.Catalog;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>Reads of the catalog.</summary>
internal static class PostgresCatalogRows
{
    public static async Task<CatalogRows> LoadAsync(NpgsqlConnection connection, long beyondVersion, CancellationToken cancel)
    {
        // One snapshot for the three reads, else the version would not be that of the rows.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.Then(CatalogSql.Version)
            .Then(CatalogSql.Objects(beyondVersion), P(beyondVersion))
            .Then(CatalogSql.Budgets(beyondVersion), P(beyondVersion));
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var version = rows.GetInt64(0);
        await rows.NextResultAsync(cancel);
        var objects = await rows.ReadAllAsync(CatalogSql.ReadObject, cancel);
        await rows.NextResultAsync(cancel);
        return new CatalogRows { Version = version, Objects = objects, Budgets = await rows.ReadAllAsync(CatalogSql.ReadBudget, cancel) };
    }

    /// <summary>Every object there is or was, with the hash it was last seeded with.</summary>
    public static async Task<Dictionary<CatalogKey, (bool Deleted, byte[]? Hash)>> SeededAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var rows = await connection.QueryAsync(
            cancel,
            row => (
                Key: new CatalogKey(row.Text(0), row.Text(1)),
                Deleted: row.Bool(2),
                Hash: row.BytesOrNull(3)),
            "select kind, id, deleted, file_hash from catalog_object");
        return rows.ToDictionary(row => row.Key, row => (row.Deleted, row.Hash));
    }

    public static Task<ImmutableArray<BudgetCounters>> CountersAsync(NpgsqlConnection connection, CatalogKey? of, CancellationToken cancel) =>
        connection.QueryAsync(
            cancel,
            row => CatalogSql.ReadCounters(row, nowMs: row.Long(15)),
            CatalogSql.Counters(of, ", bifrost_now_ms()"),
            of is null ? [] : [P(of.Kind), P(of.Id)]);
}
