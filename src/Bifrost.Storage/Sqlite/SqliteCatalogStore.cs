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
                    Upsert(session, item, version);
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
                foreach (var seed in taken)
                {
                    Upsert(session, seed.Object, version);
                    session.Prepare("update catalog_object set file_hash = ? where kind = ? and id = ?")
                        .Bind(seed.Hash.AsSpan()).Bind(seed.Object.Key.Kind).Bind(seed.Object.Key.Id).Run();
                }

                return new CatalogCommit(version, [.. taken.Select(seed => seed.Object.Key)]);
            },
            cancel);

    public Task AcknowledgeAsync(Guid holder, long version, CancellationToken cancel) =>
        database.WriteAsync(
            session => session.Prepare("update holder set catalog_seen = ?1 where id = ?2 and catalog_seen < ?1").Bind(version).Bind(holder).Run(),
            cancel);

    public Task<ImmutableArray<HolderBehind>> ReadBehindAsync(long version, CancellationToken cancel) =>
        database.ReadAsync(
            session =>
            {
                var nowMs = database.Clock.NowMs;
                var behind = ImmutableArray.CreateBuilder<HolderBehind>();
                var rows = session.Prepare(
                        "select id, catalog_seen, seen_until_ms from holder where dead = 0 and catalog_seen < ? and seen_until_ms >= ? order by id")
                    .Bind(version).Bind(nowMs);
                while (rows.Step()) behind.Add(new HolderBehind(rows.Id(0), rows.Long(1), rows.Long(2) - nowMs));
                return behind.DrainToImmutable();
            },
            cancel);

    public Task<ImmutableArray<BudgetCounters>> ReadBudgetsAsync(CatalogKey? of, CancellationToken cancel) =>
        database.ReadAsync(
            session =>
            {
                var found = ImmutableArray.CreateBuilder<BudgetCounters>();
                var where = of is null ? "" : "and object_kind = ? and object_id = ?";
                var rows = session.Prepare(
                    $"select {SqliteBudgets.Columns}, window_start_ms, posted_nanos, leased_nanos, doubt_nanos " +
                    $"from budget where retired = 0 {where} order by id");
                if (of is not null) rows.Bind(of.Kind).Bind(of.Id);
                while (rows.Step())
                    found.Add(CountersRule.AsOf(database.Clock.NowMs, SqliteBudgets.Read(rows), rows.Long(11), rows.Long(12), rows.Long(13), rows.Long(14)));
                return found.DrainToImmutable();
            },
            cancel);

    public Task<ImmutableArray<AuditEntry>> ReadAuditAsync(Guid? before, int countMax, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteAudit.Read(session, before, countMax), cancel);

    private static CatalogRows Load(SqliteSession session, long beyondVersion)
    {
        var objects = ImmutableArray.CreateBuilder<CatalogRow>();
        var standing = beyondVersion == 0 ? "and deleted = 0" : "";
        var rows = session.Prepare(
            $"select kind, id, json, active, deleted, version from catalog_object where version > ? {standing} order by kind, id").Bind(beyondVersion);
        while (rows.Step())
        {
            objects.Add(new CatalogRow
            {
                Key = new CatalogKey(rows.Text(0), rows.Text(1)),
                Json = rows.Bytes(2),
                Active = rows.Bool(3),
                Deleted = rows.Bool(4),
                Version = rows.Long(5),
            });
        }

        var budgets = ImmutableArray.CreateBuilder<BudgetRow>();
        var bound = beyondVersion == 0 ? "and retired = 0" : "";
        rows = session.Prepare($"select {SqliteBudgets.Columns} from budget where version > ? {bound} order by id").Bind(beyondVersion);
        while (rows.Step()) budgets.Add(SqliteBudgets.Read(rows));
        return new CatalogRows
        {
            Version = SqliteBudgets.CatalogVersion(session), Objects = objects.DrainToImmutable(), Budgets = budgets.DrainToImmutable(),
        };
    }

    private void Upsert(SqliteSession session, CatalogObject item, long version)
    {
        session.Prepare(
                "insert into catalog_object (kind, id, json, active, version) values (?, ?, ?, ?, ?) on conflict (kind, id) " +
                "do update set json = excluded.json, active = excluded.active, deleted = 0, version = excluded.version")
            .Bind(item.Key.Kind).Bind(item.Key.Id).Bind(item.Json.Span).Bind(item.Active).Bind(version).Run();
        if (item.Key.Kind == CatalogKinds.VirtualKey) SqliteBudgets.SetKey(session, item.Key.Id, item.Active);
        if (!item.Budgets.IsDefault) SqliteBudgets.Match(session, item.Key, item.Budgets, version, time);
    }

    private bool Delete(SqliteSession session, CatalogKey key, long version)
    {
        var deleted = session.Prepare(
                "update catalog_object set json = x'', active = 0, deleted = 1, version = ? where kind = ? and id = ? and deleted = 0")
            .Bind(version).Bind(key.Kind).Bind(key.Id).Run() == 1;
        if (key.Kind == CatalogKinds.VirtualKey) SqliteBudgets.SetKey(session, key.Id, active: false);
        SqliteBudgets.Match(session, key, [], version, time);
        return deleted;
    }

    private static bool Takes(SqliteSession session, CatalogSeed seed)
    {
        var row = session.Prepare("select deleted, file_hash from catalog_object where kind = ? and id = ?")
            .Bind(seed.Object.Key.Kind).Bind(seed.Object.Key.Id);
        return row.Step()
            ? SeedRule.Takes(known: true, row.Bool(0), row.IsNull(1) ? [] : row.Bytes(1), seed.Hash.AsSpan())
            : SeedRule.Takes(known: false, deleted: false, [], seed.Hash.AsSpan());
    }
}
