using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of one transaction, read as they are asked for: the writer is alone, so nothing needs a lock.</summary>
internal sealed class SqliteLedgerRows(SqliteSession session) : ILedgerRows
{
    private readonly Dictionary<Guid, LeaseRecord?> _leases = [];
    private readonly Dictionary<string, BudgetRecord?> _budgets = new(StringComparer.Ordinal);

    public LeaseRecord? Lease(Guid id)
    {
        if (_leases.TryGetValue(id, out var lease)) return lease;
        return _leases[id] = session.Prepare($"select {LedgerSql.LeaseColumns} from credit_lease where id = ?").Bind(id).ReadFirst(LedgerSql.ReadLease);
    }

    public void Insert(LeaseRecord lease) => _leases[lease.Id] = lease;

    public BudgetRecord? Budget(string id)
    {
        if (_budgets.TryGetValue(id, out var budget)) return budget;
        return _budgets[id] = session.Prepare($"select {LedgerSql.BudgetColumns} from budget where id = ?").Bind(id).ReadFirst(LedgerSql.ReadBudget);
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

    private static void Insert(SqliteSession session, LeaseRecord lease) =>
        session.Prepare($"insert into credit_lease ({LedgerSql.LeaseColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(lease.Id).Bind(lease.HolderId).Bind(lease.VirtualKeyId).Bind(ChainText.Write(lease.Chain)).Bind(lease.GrantedNanos)
            .Bind(lease.SettledNanos).Bind(lease.SpendUntilMs).Bind((long)lease.State).Bind(lease.DoubtAtMs).Run();

    private static void Update(SqliteSession session, LeaseRecord lease) =>
        session.Prepare("update credit_lease set granted_nanos = ?, settled_nanos = ?, spend_until_ms = ?, state = ?, doubt_at_ms = ? where id = ?")
            .Bind(lease.GrantedNanos).Bind(lease.SettledNanos).Bind(lease.SpendUntilMs).Bind((long)lease.State).Bind(lease.DoubtAtMs).Bind(lease.Id).Run();
}
