using Bifrost.Catalog.Model;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage.Ledger;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of one transaction, read as they are asked for: the writer is alone, so nothing needs a lock.</summary>
internal sealed class SqliteLedgerRows(SqliteSession session) : ILedgerRows
{
    public const string LeaseColumns =
        "id, holder_id, virtual_key_id, chain, granted_nanos, settled_nanos, spend_until_ms, state, doubt_at_ms";

    private const string BudgetColumns =
        "id, period_count, period_unit, calendar_aligned, limit_nanos, retired, window_start_ms, posted_nanos, leased_nanos, doubt_nanos";

    private readonly Dictionary<Guid, LeaseRecord?> _leases = [];
    private readonly Dictionary<string, BudgetRecord?> _budgets = new(StringComparer.Ordinal);

    public LeaseRecord? Lease(Guid id)
    {
        if (_leases.TryGetValue(id, out var lease)) return lease;
        var row = session.Prepare($"select {LeaseColumns} from credit_lease where id = ?").Bind(id);
        return _leases[id] = row.Step() ? ReadLease(row) : null;
    }

    public void Insert(LeaseRecord lease) => _leases[lease.Id] = lease;

    public BudgetRecord? Budget(string id)
    {
        if (_budgets.TryGetValue(id, out var budget)) return budget;
        var row = session.Prepare($"select {BudgetColumns} from budget where id = ?").Bind(id);
        return _budgets[id] = row.Step() ? ReadBudget(row) : null;
    }

    public bool IsEntryKnown(Guid attemptId) => session.Prepare("select 1 from ledger_entry where attempt_id = ?").Bind(attemptId).Step();

    public void AddEntries(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew) => session.Entries.Insert(entries, atMs, isNew);

    public bool IsHolderLive(Guid id) => session.Prepare("select 1 from holder where id = ? and dead = 0").Bind(id).Step();

    public bool IsKeyInactive(string virtualKeyId) =>
        session.Prepare("select 1 from key_state where virtual_key_id = ? and active = 0").Bind(virtualKeyId).Step();

    /// <summary>Writes what was changed.</summary>
    public void Flush()
    {
        foreach (var lease in _leases.Values)
        {
            if (lease is { IsNew: true }) Insert(session, lease);
            else if (lease is { IsChanged: true }) Update(session, lease);
        }

        foreach (var budget in _budgets.Values)
        {
            if (budget is not { IsChanged: true }) continue;
            session.Prepare("update budget set window_start_ms = ?, posted_nanos = ?, leased_nanos = ?, doubt_nanos = ? where id = ?")
                .Bind(budget.WindowStartMs).Bind(budget.PostedNanos).Bind(budget.LeasedNanos).Bind(budget.DoubtNanos).Bind(budget.Id).Run();
        }
    }

    public static LeaseRecord ReadLease(SqliteStatement row) => new()
    {
        Id = row.Id(0),
        HolderId = row.IdOrNull(1),
        VirtualKeyId = row.Text(2),
        Chain = ChainText.Read(row.Text(3)),
        GrantedNanos = row.Long(4),
        SettledNanos = row.Long(5),
        SpendUntilMs = row.Long(6),
        State = (LeaseState)row.Int(7),
        DoubtAtMs = row.LongOrNull(8),
    };

    private static void Insert(SqliteSession session, LeaseRecord lease) =>
        session.Prepare($"insert into credit_lease ({LeaseColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(lease.Id).Bind(lease.HolderId).Bind(lease.VirtualKeyId).Bind(ChainText.Write(lease.Chain)).Bind(lease.GrantedNanos)
            .Bind(lease.SettledNanos).Bind(lease.SpendUntilMs).Bind((long)lease.State).Bind(lease.DoubtAtMs).Run();

    private static void Update(SqliteSession session, LeaseRecord lease) =>
        session.Prepare("update credit_lease set granted_nanos = ?, settled_nanos = ?, state = ?, doubt_at_ms = ? where id = ?")
            .Bind(lease.GrantedNanos).Bind(lease.SettledNanos).Bind((long)lease.State).Bind(lease.DoubtAtMs).Bind(lease.Id).Run();

    private static BudgetRecord ReadBudget(SqliteStatement row) => new()
    {
        Id = row.Text(0),
        Period = new WindowPeriod(row.Int(1), (PeriodUnit)row.Int(2), row.Bool(3)),
        LimitNanos = row.Long(4),
        Retired = row.Bool(5),
        WindowStartMs = row.Long(6),
        PostedNanos = row.Long(7),
        LeasedNanos = row.Long(8),
        DoubtNanos = row.Long(9),
    };
}
