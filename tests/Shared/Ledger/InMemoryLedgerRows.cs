using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>
/// The rows of one transaction: copies, written back by <see cref="Commit"/>. Of a changed row only those columns are written that the
/// databases write.
/// </summary>
internal class InMemoryLedgerRows(InMemoryLedgerStore store) : ILedgerRows
{
    private readonly Dictionary<Guid, LeaseRecord> _leases = [];
    private readonly Dictionary<string, BudgetRecord> _budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, LedgerEntry> _entries = [];

    public LeaseRecord? Lease(Guid id)
    {
        if (_leases.TryGetValue(id, out var lease)) return lease;
        return store.Leases.TryGetValue(id, out var stored) ? _leases[id] = Read(stored) : null;
    }

    public virtual void Insert(LeaseRecord lease) => _leases.Add(lease.Id, lease);

    public virtual BudgetRecord? Budget(string id)
    {
        if (_budgets.TryGetValue(id, out var budget)) return budget;
        return store.Budgets.TryGetValue(id, out var stored) ? _budgets[id] = Read(stored) : null;
    }

    public bool IsEntryKnown(Guid attemptId) => store.Entries.ContainsKey(attemptId) || _entries.ContainsKey(attemptId);

    public virtual void AddEntries(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            isNew[i] = !IsEntryKnown(entries[i].AttemptId);
            if (isNew[i]) _entries.Add(entries[i].AttemptId, entries[i] with { At = DateTimeOffset.FromUnixTimeMilliseconds(atMs) });
        }
    }

    public virtual bool IsHolderLive(Guid id) => store.Holders.TryGetValue(id, out var holder) && !holder.Dead;

    public bool IsKeyInactive(string virtualKeyId) => store.Keys.TryGetValue(virtualKeyId, out var active) && !active;

    /// <summary>Writes what was changed and answers it.</summary>
    public LedgerChange Commit()
    {
        var change = new LedgerChange
        {
            Budgets = [.. _budgets.Values.Where(budget => budget.IsChanged).Select(budget => budget.ToNumbers())],
            Leases = [.. _leases.Values.Where(lease => lease.IsNew || lease.IsChanged).Select(Write)],
            Entries = [.. _entries.Values.Select(PostedEntry.Of)],
        };
        foreach (var budget in change.Budgets) store.Budgets[budget.BudgetId] = budget;
        foreach (var lease in change.Leases) store.Leases[lease.Id] = lease;
        foreach (var entry in _entries.Values) store.Entries.Add(entry.AttemptId, entry);
        return change;
    }

    protected virtual LeaseRecord Read(CreditLease lease) => new()
    {
        Id = lease.Id,
        HolderId = lease.HolderId,
        VirtualKeyId = lease.VirtualKeyId,
        Chain = [.. lease.Chain.Select(link => new ChainLink(link.BudgetId, link.WindowStart.ToUnixTimeMilliseconds()))],
        GrantedNanos = lease.GrantedNanos,
        SettledNanos = lease.SettledNanos,
        SpendUntilMs = lease.SpendUntil.ToUnixTimeMilliseconds(),
        State = lease.State,
        DoubtAtMs = lease.DoubtAt?.ToUnixTimeMilliseconds(),
    };

    private BudgetRecord Read(BudgetNumbers budget) => new()
    {
        Id = budget.BudgetId,
        Period = budget.Period,
        LimitNanos = budget.LimitNanos,
        Retired = store.RetiredBudgets.Contains(budget.BudgetId),
        WindowStartMs = budget.WindowStart.ToUnixTimeMilliseconds(),
        PostedNanos = budget.PostedNanos,
        LeasedNanos = budget.LeasedNanos,
        DoubtNanos = budget.DoubtNanos,
    };

    private CreditLease Write(LeaseRecord lease)
    {
        var written = lease.ToView();
        if (lease.IsNew) return written;
        return store.Leases[lease.Id] with
        {
            GrantedNanos = written.GrantedNanos,
            SettledNanos = written.SettledNanos,
            SpendUntil = written.SpendUntil,
            State = written.State,
            DoubtAt = written.DoubtAt,
        };
    }
}
