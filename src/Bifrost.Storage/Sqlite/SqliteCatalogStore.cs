using Bifrost.Catalog.Store;
using Bifrost.Storage.Catalog;

namespace Bifrost.Storage.Sqlite;

/// <summary>The catalog on SQLite.</summary>
internal sealed class SqliteCatalogStore(SqliteDatabase database, TimeProvider time) : ICatalogStore
{
    public Task<CatalogRows> LoadAsync(long beyondVersion, CancellationToken cancel) =>
        database.ReadAsync(session => Load(session, beyondVersion), cancel);

    public Task<CatalogCommit> ApplyAsync(CatalogChange change, CancellationToken cancel) =>
        database.WriteAsync(
            session =>
            {
                var current = SqliteBudgets.CatalogVersion(session);
                if (change.BaseVersion is { } decidedOn && decidedOn != current) return new CatalogCommit(current, []) { Stale = true };
                var version = change.Upserts.IsEmpty && change.Deletes.IsEmpty ? current : SqliteBudgets.RaiseVersion(session);
                var changed = ImmutableArray.CreateBuilder<CatalogKey>();
                foreach (var item in change.Upserts)
                {
                    Upsert(session, item, null, version);
                    changed.Add(item.Key);
                }

                foreach (var key in change.Deletes)
                    if (Delete(session, key, version)) changed.Add(key);
                foreach (var entry in change.Audit) SqliteAudit.Insert(session, entry);
                return new CatalogCommit(version, changed.DrainToImmutable());
            },
            cancel);

    public Task<CatalogCommit> SeedAsync(ImmutableArray<CatalogSeed> seeds, CancellationToken cancel) =>
        database.WriteAsync(
            session =>
            {
                var taken = seeds.Where(seed => Takes(session, seed)).ToImmutableArray();
                if (taken.IsEmpty) return new CatalogCommit(SqliteBudgets.CatalogVersion(session), []);
                var version = SqliteBudgets.RaiseVersion(session);
                foreach (var seed in taken) Upsert(session, seed.Object, [.. seed.Hash], version);
                return new CatalogCommit(version, [.. taken.Select(seed => seed.Object.Key)]);
            },
            cancel);

    public Task AcknowledgeAsync(Guid holder, long version, CancellationToken cancel) =>
        database.WriteAsync(session => session.Prepare(CatalogSql.Acknowledge).Bind(version).Bind(holder).Run(), cancel);

    public Task<ImmutableArray<HolderBehind>> ReadBehindAsync(long version, CancellationToken cancel) =>
        database.ReadAsync(
            session =>
            {
                var nowMs = database.Clock.NowMs;
                return session.Prepare(
                        "select id, catalog_seen, seen_until_ms from holder where dead = 0 and catalog_seen < ? and seen_until_ms >= ? order by id")
                    .Bind(version).Bind(nowMs)
                    .ReadAll(row => new HolderBehind(row.Id(0), row.Long(1), row.Long(2) - nowMs));
            },
            cancel);

    public Task<ImmutableArray<BudgetCounters>> ReadBudgetsAsync(CatalogKey? of, CancellationToken cancel) =>
        database.ReadAsync(
            session =>
            {
                var rows = session.Prepare(CatalogSql.Counters(of));
                if (of is not null) rows.Bind(of.Kind).Bind(of.Id);
                var nowMs = database.Clock.NowMs;
                return rows.ReadAll(row => CatalogSql.ReadCounters(row, nowMs));
            },
            cancel);

    public Task<ImmutableArray<AuditEntry>> ReadAuditAsync(Guid? before, int countMax, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteAudit.Read(session, before, countMax), cancel);

    private static CatalogRows Load(SqliteSession session, long beyondVersion) => new()
    {
        Objects = session.Prepare(CatalogSql.Objects(beyondVersion)).Bind(beyondVersion).ReadAll(CatalogSql.ReadObject),
        Budgets = session.Prepare(CatalogSql.Budgets(beyondVersion)).Bind(beyondVersion).ReadAll(CatalogSql.ReadBudget),
        Version = SqliteBudgets.CatalogVersion(session),
    };

    /// <param name="session">The writer's.</param>
    /// <param name="item">The object.</param>
    /// <param name="fileHash">The hash of a seeded object; null leaves the one that is there.</param>
    /// <param name="version">The version it comes with.</param>
    private void Upsert(SqliteSession session, CatalogObject item, byte[]? fileHash, long version)
    {
        session.Prepare(CatalogSql.Upsert)
            .Bind(item.Key.Kind).Bind(item.Key.Id).Bind(item.Json.Span).Bind(item.Active).Bind(fileHash).Bind(version).Run();
        if (item.Key.Kind == CatalogKinds.VirtualKey) SqliteBudgets.SetKey(session, item.Key.Id, item.Active);
        if (!item.Budgets.IsDefault) SqliteBudgets.Match(session, item.Key, item.Budgets, version, time);
    }

    private bool Delete(SqliteSession session, CatalogKey key, long version)
    {
        var deleted = session.Prepare(CatalogSql.Delete).Bind(ReadOnlySpan<byte>.Empty).Bind(version).Bind(key.Kind).Bind(key.Id).Run() == 1;
        if (key.Kind == CatalogKinds.VirtualKey) SqliteBudgets.SetKey(session, key.Id, active: false);
        SqliteBudgets.Match(session, key, [], version, time);
        return deleted;
    }

    private static bool Takes(SqliteSession session, CatalogSeed seed)
    {
        var row = session.Prepare("select deleted, file_hash from catalog_object where kind = ? and id = ?")
            .Bind(seed.Object.Key.Kind).Bind(seed.Object.Key.Id);
        return row.Step()
            ? SeedRule.Takes(known: true, row.Bool(0), row.BytesOrNull(1), seed.Hash.AsSpan())
            : SeedRule.Takes(known: false, deleted: false, [], seed.Hash.AsSpan());
    }
}
