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
        var (standing, bound) = beyondVersion == 0 ? ("and not deleted", "and not retired") : ("", "");
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.Then("select version from catalog")
            .Then($"select kind, id, json, active, deleted, version from catalog_object where version > $1 {standing} order by kind, id", P(beyondVersion))
            .Then($"select {PostgresBudgets.Columns} from budget where version > $1 {bound} order by id", P(beyondVersion));
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var version = rows.GetInt64(0);
        var objects = ImmutableArray.CreateBuilder<CatalogRow>();
        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel)) objects.Add(ReadObject(rows));
        var budgets = ImmutableArray.CreateBuilder<BudgetRow>();
        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel)) budgets.Add(PostgresBudgets.Read(rows));
        return new CatalogRows { Version = version, Objects = objects.DrainToImmutable(), Budgets = budgets.DrainToImmutable() };
    }

    /// <summary>Every object there is or was, with the hash it was last seeded with.</summary>
    public static async Task<Dictionary<CatalogKey, (bool Deleted, byte[]? Hash)>> SeededAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var rows = await connection.QueryAsync(
            cancel,
            row => (
                Key: new CatalogKey(row.GetString(0), row.GetString(1)),
                Deleted: row.GetBoolean(2),
                Hash: row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3)),
            "select kind, id, deleted, file_hash from catalog_object");
        return rows.ToDictionary(row => row.Key, row => (row.Deleted, row.Hash));
    }

    public static Task<ImmutableArray<BudgetCounters>> CountersAsync(NpgsqlConnection connection, CatalogKey? of, CancellationToken cancel)
    {
        var where = of is null ? "" : "and object_kind = $1 and object_id = $2";
        var sql =
            $"select {PostgresBudgets.Columns}, window_start_ms, posted_nanos, leased_nanos, doubt_nanos, bifrost_now_ms() from budget " +
            $"where not retired {where} order by id";
        return connection.QueryAsync(
            cancel,
            row => CountersRule.AsOf(
                row.GetInt64(15), PostgresBudgets.Read(row), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetInt64(14)),
            sql,
            of is null ? [] : [P(of.Kind), P(of.Id)]);
    }

    private static CatalogRow ReadObject(NpgsqlDataReader row) => new()
    {
        Key = new CatalogKey(row.GetString(0), row.GetString(1)),
        Json = row.GetFieldValue<byte[]>(2),
        Active = row.GetBoolean(3),
        Deleted = row.GetBoolean(4),
        Version = row.GetInt64(5),
    };
}
