using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage.Ledger;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>
/// The rows of one transaction, locked in the one order that all transactions keep: leases by id, then the union of budgets by id. Three
/// trips to the server: leases; budgets, what else is asked and the clock; writes and the commit. Where no lease can exist yet the first is saved.
/// </summary>
internal sealed class PostgresLedgerRows : ILedgerRows
{
    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<Guid, LeaseRecord> _leases = [];
    private readonly Dictionary<string, BudgetRecord> _budgets = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _knownAttempts = [];
    private readonly HashSet<Guid> _liveHolders = [];
    private readonly HashSet<string> _inactiveKeys = new(StringComparer.Ordinal);
    private readonly List<(LedgerEntry Entry, long AtMs)> _entries = [];

    private PostgresLedgerRows(NpgsqlConnection connection) => _connection = connection;

    /// <summary>The store's clock, read after the locks were taken.</summary>
    public long NowMs { get; private set; }

    public IReadOnlyCollection<LeaseRecord> Leases => _leases.Values;

    public static async Task<PostgresLedgerRows> LockAsync(NpgsqlConnection connection, LockRequest request, CancellationToken cancel)
    {
        var locked = new PostgresLedgerRows(connection);
        if (request.Leases.Count > 0)
        {
            await locked.LockLeasesAsync(
                $"select {LedgerSql.LeaseColumns} from credit_lease where id = any($1) order by id for update", P(request.Leases.ToArray()), cancel);
        }

        await locked.LockBudgetsAsync(request, begin: request.Leases.Count == 0, cancel);
        return locked;
    }

    /// <summary>Locks open leases of dead holders, the oldest first; those that another transaction holds are left to the next sweep.</summary>
    public static async Task<PostgresLedgerRows> LockOpenOfTheDeadAsync(NpgsqlConnection connection, int countMax, CancellationToken cancel)
    {
        var locked = new PostgresLedgerRows(connection);
        await locked.LockLeasesAsync(
            $"select {LedgerSql.LeaseColumns} from credit_lease l where state = 0 and exists (select from holder h where h.id = l.holder_id and h.dead) " +
            "order by id limit $1 for update skip locked",
            P(countMax),
            cancel);
        await locked.LockBudgetsAsync(new LockRequest(), begin: false, cancel);
        return locked;
    }

    public LeaseRecord? Lease(Guid id) => _leases.GetValueOrDefault(id);

    public void Insert(LeaseRecord lease) => _leases.Add(lease.Id, lease);

    public BudgetRecord? Budget(string id) => _budgets.GetValueOrDefault(id);

    public bool IsEntryKnown(Guid attemptId) => _knownAttempts.Contains(attemptId);

    public void AddEntries(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            isNew[i] = _knownAttempts.Add(entries[i].AttemptId);
            if (isNew[i]) _entries.Add((entries[i], atMs));
        }
    }

    public bool IsHolderLive(Guid id) => _liveHolders.Contains(id);

    public bool IsKeyInactive(string virtualKeyId) => _inactiveKeys.Contains(virtualKeyId);

    /// <summary>Writes what was changed and commits, in one trip.</summary>
    public async Task CommitAsync(CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(_connection);
        PostgresLeases.AddInsert(batch, [.. _leases.Values.Where(lease => lease.IsNew).OrderBy(lease => lease.Id)]);
        PostgresLeases.AddUpdate(batch, [.. _leases.Values.Where(lease => lease is { IsNew: false, IsChanged: true })]);
        AddBudgets(batch, [.. _budgets.Values.Where(budget => budget.IsChanged)]);
        PostgresEntries.AddInsert(batch, _entries);
        await batch.Then("commit").ExecuteNonQueryAsync(cancel);
    }

    private async Task LockLeasesAsync(string sql, NpgsqlParameter parameter, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(_connection);
        await using var rows = await batch.Then("begin").Then(sql, parameter).ExecuteReaderAsync(cancel);
        var row = new PostgresRow(rows);
        while (await rows.ReadAsync(cancel))
        {
            var lease = LedgerSql.ReadLease(row);
            _leases.Add(lease.Id, lease);
        }
    }

    private async Task LockBudgetsAsync(LockRequest request, bool begin, CancellationToken cancel)
    {
        foreach (var lease in _leases.Values)
            foreach (var link in lease.Chain) request.Budgets.Add(link.BudgetId);
        await using var batch = new NpgsqlBatch(_connection);
        if (begin) batch.Then("begin");
        batch.Then($"select {LedgerSql.BudgetColumns} from budget where id = any($1) order by id for update", P(request.Budgets.ToArray()))
            .Then("select attempt_id from ledger_entry where attempt_id = any($1)", P(request.Attempts.ToArray()))
            .Then("select id from holder where id = any($1) and not dead", P(request.Holders.ToArray()))
            .Then("select virtual_key_id from key_state where virtual_key_id = any($1) and not active", P(request.Keys.ToArray()))
            .Then("select bifrost_now_ms()");
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        var row = new PostgresRow(rows);
        while (await rows.ReadAsync(cancel))
        {
            var budget = LedgerSql.ReadBudget(row);
            _budgets.Add(budget.Id, budget);
        }

        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel)) _knownAttempts.Add(rows.GetGuid(0));
        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel)) _liveHolders.Add(rows.GetGuid(0));
        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel)) _inactiveKeys.Add(rows.GetString(0));
        await rows.NextResultAsync(cancel);
        await rows.ReadAsync(cancel);
        NowMs = rows.GetInt64(0);
    }

    private static void AddBudgets(NpgsqlBatch batch, BudgetRecord[] budgets)
    {
        if (budgets.Length == 0) return;
        batch.Then(
            "update budget b set window_start_ms = v.start, posted_nanos = v.posted, leased_nanos = v.leased, doubt_nanos = v.doubt " +
            "from unnest($1, $2, $3, $4, $5) as v (id, start, posted, leased, doubt) where b.id = v.id",
            P(Array.ConvertAll(budgets, b => b.Id)),
            P(Array.ConvertAll(budgets, b => b.WindowStartMs)),
            P(Array.ConvertAll(budgets, b => b.PostedNanos)),
            P(Array.ConvertAll(budgets, b => b.LeasedNanos)),
            P(Array.ConvertAll(budgets, b => b.DoubtNanos)));
    }
}
