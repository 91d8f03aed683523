using Bifrost.Catalog.Store;
using Bifrost.Storage.Catalog;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>The catalog on PostgreSQL.</summary>
internal sealed class PostgresCatalogStore(PostgresDatabase database, TimeProvider time) : ICatalogStore
{
    /// <summary>Objects of a file that one transaction brings in: ten thousand take longer than a transaction may.</summary>
    internal const int SeedsAtOnce = 500;

    public Task<CatalogRows> LoadAsync(long beyondVersion, CancellationToken cancel) =>
        database.RunAsync((connection, token) => PostgresCatalogRows.LoadAsync(connection, beyondVersion, token), cancel);

    public Task<CatalogCommit> ApplyAsync(CatalogChange change, CancellationToken cancel) =>
        database.RunAsync(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                var current = await PostgresBudgets.LockVersionAsync(connection, token);
                if (change.BaseVersion is { } decidedOn && decidedOn != current) return new CatalogCommit(current, []) { Stale = true };
                var version = change.Upserts.IsEmpty && change.Deletes.IsEmpty ? current : current + 1;
                if (version > current) await PostgresBudgets.SetVersionAsync(connection, version, token);
                await LockBudgetsAsync(connection, change.Upserts.Select(item => item.Key).Concat(change.Deletes), token);
                var changed = ImmutableArray.CreateBuilder<CatalogKey>();
                foreach (var item in change.Upserts)
                {
                    await UpsertAsync(connection, item, null, version, token);
                    changed.Add(item.Key);
                }

                foreach (var key in change.Deletes)
                    if (await DeleteAsync(connection, key, version, token)) changed.Add(key);
                foreach (var entry in change.Audit) await PostgresAudit.InsertAsync(connection, entry, token);
                await transaction.CommitAsync(token);
                return new CatalogCommit(version, changed.DrainToImmutable());
            },
            cancel);

    public async Task<CatalogCommit> SeedAsync(ImmutableArray<CatalogSeed> seeds, CancellationToken cancel)
    {
        var changed = ImmutableArray.CreateBuilder<CatalogKey>();
        var version = 0L;
        foreach (var some in seeds.Chunk(SeedsAtOnce))
        {
            var commit = await SeedSomeAsync([.. some], cancel);
            changed.AddRange(commit.Changed);
            version = commit.Version;
        }

        return new CatalogCommit(version, changed.DrainToImmutable());
    }

    private Task<CatalogCommit> SeedSomeAsync(ImmutableArray<CatalogSeed> seeds, CancellationToken cancel) =>
        database.RunAsync(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                var version = await PostgresBudgets.LockVersionAsync(connection, token) + 1;
                var known = await PostgresCatalogRows.SeededAsync(connection, token);
                var taken = seeds.Where(seed => Takes(known, seed)).ToImmutableArray();
                if (taken.IsEmpty) return new CatalogCommit(version - 1, []);
                await PostgresBudgets.SetVersionAsync(connection, version, token);
                await LockBudgetsAsync(connection, taken.Select(seed => seed.Object.Key), token);
                foreach (var seed in taken) await UpsertAsync(connection, seed.Object, [.. seed.Hash], version, token);
                await transaction.CommitAsync(token);
                return new CatalogCommit(version, [.. taken.Select(seed => seed.Object.Key)]);
            },
            cancel);

    public Task AcknowledgeAsync(Guid holder, long version, CancellationToken cancel) =>
        database.RunAsync(
            (connection, token) => connection.ExecuteAsync(token, CatalogSql.Acknowledge, P(version), P(holder)), cancel);

    public Task<ImmutableArray<HolderBehind>> ReadBehindAsync(long version, CancellationToken cancel) =>
        database.RunAsync(
            (connection, token) => connection.QueryAsync(
                token,
                row => new HolderBehind(row.Id(0), row.Long(1), row.Long(2)),
                "select id, catalog_seen, seen_until_ms - now_ms from holder, (select bifrost_now_ms() as now_ms) as clock " +
                "where not dead and catalog_seen < $1 and seen_until_ms >= now_ms order by id",
                P(version)),
            cancel);

    public Task<ImmutableArray<BudgetCounters>> ReadBudgetsAsync(CatalogKey? of, CancellationToken cancel) =>
        database.RunAsync((connection, token) => PostgresCatalogRows.CountersAsync(connection, of, token), cancel);

    public Task<ImmutableArray<AuditEntry>> ReadAuditAsync(Guid? before, int countMax, CancellationToken cancel) =>
        database.RunAsync((connection, token) => PostgresAudit.ReadAsync(connection, before, countMax, token), cancel);

    private static bool Takes(Dictionary<CatalogKey, (bool Deleted, byte[]? Hash)> known, CatalogSeed seed) =>
        known.TryGetValue(seed.Object.Key, out var row)
            ? SeedRule.Takes(known: true, row.Deleted, row.Hash, seed.Hash.AsSpan())
            : SeedRule.Takes(known: false, deleted: false, [], seed.Hash.AsSpan());

    private static async Task LockBudgetsAsync(NpgsqlConnection connection, IEnumerable<CatalogKey> keys, CancellationToken cancel)
    {
        var of = keys.ToArray();
        await connection.ExecuteAsync(
            cancel,
            "select from budget where (object_kind, object_id) in (select * from unnest($1, $2)) order by id for update",
            P(Array.ConvertAll(of, key => key.Kind)), P(Array.ConvertAll(of, key => key.Id)));
    }

    /// <param name="fileHash">The hash of a seeded object; null leaves the one that is there.</param>
    private async Task UpsertAsync(NpgsqlConnection connection, CatalogObject item, byte[]? fileHash, long version, CancellationToken cancel)
    {
        await connection.ExecuteAsync(
            cancel,
            CatalogSql.Upsert,
            P(item.Key.Kind), P(item.Key.Id), Bytes(item.Json.ToArray()), P(item.Active), Bytes(fileHash), P(version));
        if (item.Key.Kind == CatalogKinds.VirtualKey) await PostgresBudgets.SetKeyAsync(connection, item.Key.Id, item.Active, cancel);
        if (!item.Budgets.IsDefault) await PostgresBudgets.MatchAsync(connection, item.Key, item.Budgets, version, time, cancel);
    }

    private async Task<bool> DeleteAsync(NpgsqlConnection connection, CatalogKey key, long version, CancellationToken cancel)
    {
        var deleted = await connection.ExecuteAsync(cancel, CatalogSql.Delete, Bytes([]), P(version), P(key.Kind), P(key.Id)) == 1;
        if (key.Kind == CatalogKinds.VirtualKey) await PostgresBudgets.SetKeyAsync(connection, key.Id, active: false, cancel);
        await PostgresBudgets.MatchAsync(connection, key, [], version, time, cancel);
        return deleted;
    }
}
