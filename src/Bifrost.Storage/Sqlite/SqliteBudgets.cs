using Bifrost.Catalog.Store;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage.Catalog;

namespace Bifrost.Storage.Sqlite;

/// <summary>The configured side of <c>budget</c> and <c>key_state</c>, and the version. Counters are never touched here.</summary>
internal static class SqliteBudgets
{
    public static long CatalogVersion(SqliteSession session)
    {
        var row = session.Prepare(CatalogSql.Version);
        row.Step();
        return row.Long(0);
    }

    public static long RaiseVersion(SqliteSession session)
    {
        session.Prepare("update catalog set version = version + 1").Run();
        return CatalogVersion(session);
    }

    /// <summary>The change of <see cref="ILedgerStore.ApplyAsync"/>; the version grows only when something changed.</summary>
    public static long Apply(SqliteSession session, LedgerCatalogChange change, long nowMs)
    {
        var version = CatalogVersion(session) + 1;
        var changes = 0;
        foreach (var budget in change.Budgets)
        {
            changes += Insert(session, budget.Id, CatalogKeys.None, budget.Level, budget.OwnerId, budget.Period, budget.LimitNanos, version, nowMs)
                ? 1
                : SetLimit(session, budget.Id, budget.LimitNanos, version);
        }

        foreach (var id in change.RetiredBudgetIds) changes += Retire(session, id, version);
        foreach (var key in change.Keys) changes += SetKey(session, key.VirtualKeyId, key.Active);
        return changes == 0 ? version - 1 : RaiseVersion(session);
    }

    /// <summary>Brings the budgets of one object to the wanted ones.</summary>
    public static void Match(SqliteSession session, CatalogKey of, ImmutableArray<BudgetSpec> wanted, long version, TimeProvider time)
    {
        var match = BudgetMatch.Of(session.Prepare(CatalogSql.BudgetsOfObject).Bind(of.Kind).Bind(of.Id).ReadAll(CatalogSql.ReadBudget), wanted);
        foreach (var id in match.Retired) Retire(session, id, version);
        foreach (var (id, limitNanos, aligned) in match.Set) Set(session, id, limitNanos, aligned, version);
        var now = time.GetUtcNow();
        foreach (var spec in match.Added)
        {
            if (spec.Id is { Length: > 0 } id && Add(id)) continue;
            Add(Uuid.New(now).ToString());

            bool Add(string budgetId) =>
                Insert(session, budgetId, of, spec.Level, spec.OwnerId, spec.Period, spec.LimitNanos, version, now.ToUnixTimeMilliseconds());
        }
    }

    public static int SetKey(SqliteSession session, string virtualKeyId, bool active) =>
        session.Prepare(CatalogSql.SetKey).Bind(virtualKeyId).Bind(active).Run();

    private static bool Insert(
        SqliteSession session, string id, CatalogKey of, BudgetLevel level, string ownerId, WindowPeriod period, long limitNanos, long version, long nowMs) =>
        session.Prepare(CatalogSql.InsertBudget)
            .Bind(id).Bind(of.Kind).Bind(of.Id).Bind((long)level).Bind(ownerId).Bind(period.Count).Bind((long)period.Unit)
            .Bind(period.CalendarAligned).Bind(limitNanos).Bind(version)
            .Bind(WindowClock.First(period, DateTimeOffset.FromUnixTimeMilliseconds(nowMs)).ToUnixTimeMilliseconds()).Run() == 1;

    private static void Set(SqliteSession session, string id, long limitNanos, bool calendarAligned, long version) =>
        session.Prepare(CatalogSql.SetBudget).Bind(limitNanos).Bind(calendarAligned).Bind(version).Bind(id).Run();

    private static int SetLimit(SqliteSession session, string id, long limitNanos, long version) =>
        session.Prepare(CatalogSql.SetLimit).Bind(limitNanos).Bind(version).Bind(id).Run();

    private static int Retire(SqliteSession session, string id, long version) =>
        session.Prepare(CatalogSql.RetireBudget).Bind(version).Bind(id).Run();
}
