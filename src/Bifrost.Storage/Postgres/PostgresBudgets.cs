using Bifrost.Catalog.Store;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage.Catalog;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>
/// The configured side of <c>budget</c> and <c>key_state</c>, and the version, whose row lets one catalog transaction in at a time. Budgets
/// are locked by id before they are written, in the order of the ledger's batches. Counters are never touched here.
/// </summary>
internal static class PostgresBudgets
{
    /// <summary>Locks the version's row, within a transaction, and answers the version before the change.</summary>
    public static Task<long> LockVersionAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        ScalarAsync(connection, $"{CatalogSql.Version} for update", cancel);

    public static Task<int> SetVersionAsync(NpgsqlConnection connection, long version, CancellationToken cancel) =>
        connection.ExecuteAsync(cancel, "update catalog set version = $1", P(version));

    public static Task<long> NowMsAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        ScalarAsync(connection, "select bifrost_now_ms()", cancel);

    /// <summary>The change of <see cref="ILedgerStore.ApplyAsync"/>; the version grows only when something changed.</summary>
    public static async Task<long> ApplyAsync(NpgsqlConnection connection, LedgerCatalogChange change, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var version = await LockVersionAsync(connection, cancel) + 1;
        var ids = change.Budgets.Select(budget => budget.Id).Concat(change.RetiredBudgetIds).ToArray();
        await connection.ExecuteAsync(cancel, "select from budget where id = any($1) order by id for update", P(ids));
        var nowMs = await NowMsAsync(connection, cancel);
        var changes = 0;
        foreach (var budget in change.Budgets.OrderBy(budget => budget.Id, StringComparer.Ordinal))
        {
            changes += await InsertAsync(
                    connection, budget.Id, CatalogKeys.None, budget.Level, budget.OwnerId, budget.Period, budget.LimitNanos, version, nowMs, cancel)
                ? 1
                : await SetLimitAsync(connection, budget.Id, budget.LimitNanos, version, cancel);
        }

        foreach (var id in change.RetiredBudgetIds) changes += await RetireAsync(connection, id, version, cancel);
        foreach (var key in change.Keys) changes += await SetKeyAsync(connection, key.VirtualKeyId, key.Active, cancel);
        if (changes > 0) await SetVersionAsync(connection, version, cancel);
        await transaction.CommitAsync(cancel);
        return changes > 0 ? version : version - 1;
    }

    /// <summary>Brings the budgets of one object to the wanted ones.</summary>
    public static async Task MatchAsync(
        NpgsqlConnection connection, CatalogKey of, ImmutableArray<BudgetSpec> wanted, long version, TimeProvider time, CancellationToken cancel)
    {
        var there = await connection.QueryAsync(cancel, CatalogSql.ReadBudget, CatalogSql.BudgetsOfObject, P(of.Kind), P(of.Id));
        var match = BudgetMatch.Of(there, wanted);
        foreach (var id in match.Retired) await RetireAsync(connection, id, version, cancel);
        foreach (var (id, limitNanos, aligned) in match.Set) await SetAsync(connection, id, limitNanos, aligned, version, cancel);
        if (match.Added.IsEmpty) return;
        var nowMs = await NowMsAsync(connection, cancel);
        foreach (var spec in match.Added)
        {
            if (spec.Id is { Length: > 0 } id && await AddAsync(id)) continue;
            await AddAsync(Uuid.New(time).ToString());

            Task<bool> AddAsync(string budgetId) =>
                InsertAsync(connection, budgetId, of, spec.Level, spec.OwnerId, spec.Period, spec.LimitNanos, version, nowMs, cancel);
        }
    }

    public static Task<int> SetKeyAsync(NpgsqlConnection connection, string virtualKeyId, bool active, CancellationToken cancel) =>
        connection.ExecuteAsync(cancel, CatalogSql.SetKey, P(virtualKeyId), P(active));

    private static async Task<bool> InsertAsync(
        NpgsqlConnection connection, string id, CatalogKey of, BudgetLevel level, string ownerId, WindowPeriod period, long limitNanos,
        long version, long nowMs, CancellationToken cancel) =>
        await connection.ExecuteAsync(
            cancel,
            CatalogSql.InsertBudget,
            P(id), P(of.Kind), P(of.Id), P((short)level), P(ownerId), P(period.Count), P((short)period.Unit), P(period.CalendarAligned), P(limitNanos),
            P(version), P(WindowClock.First(period, DateTimeOffset.FromUnixTimeMilliseconds(nowMs)).ToUnixTimeMilliseconds())) == 1;

    private static Task<int> SetAsync(
        NpgsqlConnection connection, string id, long limitNanos, bool calendarAligned, long version, CancellationToken cancel) =>
        connection.ExecuteAsync(cancel, CatalogSql.SetBudget, P(limitNanos), P(calendarAligned), P(version), P(id));

    private static Task<int> SetLimitAsync(NpgsqlConnection connection, string id, long limitNanos, long version, CancellationToken cancel) =>
        connection.ExecuteAsync(cancel, CatalogSql.SetLimit, P(limitNanos), P(version), P(id));

    private static Task<int> RetireAsync(NpgsqlConnection connection, string id, long version, CancellationToken cancel) =>
        connection.ExecuteAsync(cancel, CatalogSql.RetireBudget, P(version), P(id));

    private static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.Command(sql);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
