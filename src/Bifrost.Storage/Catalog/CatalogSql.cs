using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Storage.Catalog;

/// <summary>The rows of <c>catalog_object</c> and <c>key_state</c>, and the configured side of <c>budget</c>, as both databases write and read them.</summary>
internal static class CatalogSql
{
    public const string BudgetColumns =
        "id, object_kind, object_id, level, owner_id, period_count, period_unit, calendar_aligned, limit_nanos, retired, version";

    public const string BudgetsOfObject =
        $"select {BudgetColumns} from budget where object_kind = $1 and object_id = $2 and object_kind <> ''";

    public const string InsertBudget =
        $"insert into budget ({BudgetColumns}, window_start_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, $10, $11) on conflict (id) do nothing";

    public const string SetBudget = "update budget set limit_nanos = $1, calendar_aligned = $2, retired = false, version = $3 where id = $4";

    public const string SetLimit =
        "update budget set limit_nanos = $1, retired = false, version = $2 where id = $3 and (limit_nanos <> $1 or retired)";

    public const string RetireBudget = "update budget set retired = true, version = $1 where id = $2 and not retired";

    public const string SetKey =
        "insert into key_state (virtual_key_id, active) values ($1, $2) " +
        "on conflict (virtual_key_id) do update set active = excluded.active where key_state.active <> excluded.active";

    public const string Version = "select version from catalog";

    /// <summary>An object that comes by the API has no hash, and leaves the one that is there.</summary>
    public const string Upsert =
        "insert into catalog_object as o (kind, id, json, active, file_hash, version) values ($1, $2, $3, $4, $5, $6) on conflict (kind, id) " +
        "do update set json = excluded.json, active = excluded.active, deleted = false, version = excluded.version, " +
        "file_hash = coalesce(excluded.file_hash, o.file_hash)";

    /// <summary>$1 is the empty JSON.</summary>
    public const string Delete =
        "update catalog_object set json = $1, active = false, deleted = true, version = $2 where kind = $3 and id = $4 and not deleted";

    public const string Acknowledge = "update holder set catalog_seen = $1 where id = $2 and catalog_seen < $1";

    /// <summary>Beyond a version, or all that stand when it is 0.</summary>
    public static string Objects(long beyondVersion) =>
        "select kind, id, json, active, deleted, version from catalog_object " +
        $"where version > $1{(beyondVersion == 0 ? " and not deleted" : "")} order by kind, id";

    /// <inheritdoc cref="Objects"/>
    public static string Budgets(long beyondVersion) =>
        $"select {BudgetColumns} from budget where version > $1{(beyondVersion == 0 ? " and not retired" : "")} order by id";

    /// <summary>Budgets with their counters, of one object ($1, $2) or of all.</summary>
    /// <param name="of">Whose.</param>
    /// <param name="more">Further columns.</param>
    public static string Counters(CatalogKey? of, string more = "") =>
        $"select {BudgetColumns}, window_start_ms, posted_nanos, leased_nanos, doubt_nanos{more} from budget " +
        $"where not retired{(of is null ? "" : " and object_kind = $1 and object_id = $2")} order by id";

    public static CatalogRow ReadObject(IRow row) => new()
    {
        Key = new CatalogKey(row.Text(0), row.Text(1)),
        Json = row.Bytes(2),
        Active = row.Bool(3),
        Deleted = row.Bool(4),
        Version = row.Long(5),
    };

    public static BudgetRow ReadBudget(IRow row) => new()
    {
        Id = row.Text(0),
        Object = new CatalogKey(row.Text(1), row.Text(2)),
        Level = (BudgetLevel)row.Int(3),
        OwnerId = row.Text(4),
        Period = new WindowPeriod(row.Int(5), (PeriodUnit)row.Int(6), row.Bool(7)),
        LimitNanos = row.Long(8),
        Retired = row.Bool(9),
        Version = row.Long(10),
    };

    public static BudgetCounters ReadCounters(IRow row, long nowMs) =>
        CountersRule.AsOf(nowMs, ReadBudget(row), row.Long(11), row.Long(12), row.Long(13), row.Long(14));
}
