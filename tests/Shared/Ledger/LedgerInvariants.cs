using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>
/// What holds after every transaction (ledger, invariants), counted from the rows alone. It remembers what a single state cannot tell: the
/// highest limit of each window, and closed leases.
/// </summary>
internal sealed class LedgerInvariants
{
    private readonly Dictionary<LeaseBudget, long> _limitMax = [];
    private readonly Dictionary<Guid, long> _closed = [];
    private readonly Dictionary<string, BudgetNumbers> _budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, LeaseCount> _leases = [];
    private readonly Dictionary<LeaseBudget, WindowCount> _windows = [];

    /// <summary>The highest limit that each window of each budget ever had.</summary>
    public IReadOnlyDictionary<LeaseBudget, long> LimitMax => _limitMax;

    /// <summary>Checks every row of a store.</summary>
    /// <exception cref="LedgerBrokenException">An invariant is broken; the message says which.</exception>
    public void Check(LedgerState state)
    {
        _budgets.Clear();
        _leases.Clear();
        _windows.Clear();
        Check(new LedgerChange { Budgets = state.Budgets, Leases = state.Leases, Entries = state.Entries });
    }

    /// <summary>Checks what one transaction wrote, and every budget that its leases were taken from, written or not.</summary>
    /// <exception cref="LedgerBrokenException">An invariant is broken; the message says which.</exception>
    public void Check(LedgerChange change)
    {
        var touched = new HashSet<LeaseBudget>();
        foreach (var lease in change.Forgotten) Forget(lease);
        foreach (var budget in change.Budgets) touched.Add(Note(budget));
        foreach (var lease in change.Leases) Note(lease, touched);
        var withoutLease = change.Entries.Where(entry => !Note(entry)).GroupBy(entry => entry.LeaseId).FirstOrDefault(of => of.Sum(entry => entry.CostNanos) != 0);
        if (withoutLease is not null) throw Broken($"entries are posted to lease {withoutLease.Key}, which is not there");
        foreach (var lease in change.Leases) CheckLease(_leases[lease.Id]);
        foreach (var window in touched)
        {
            if (_budgets.TryGetValue(window.BudgetId, out var budget) && budget.WindowStart == window.WindowStart) CheckBudget(budget, WindowOf(window));
        }
    }

    /// <summary>After an Acquire was granted, its whole chain is within its limits.</summary>
    public static void CheckGrant(LedgerState state, IEnumerable<string> chain)
    {
        foreach (var id in chain)
        {
            var budget = state.Budgets.Single(b => b.BudgetId == id);
            if (budget.FreeNanos < 0) throw Broken($"a grant brought budget {id} over its limit: {budget}");
        }
    }

    private LeaseBudget Note(BudgetNumbers budget)
    {
        if (_budgets.TryGetValue(budget.BudgetId, out var before) && before.WindowStart > budget.WindowStart)
            throw Broken($"the window of budget {budget.BudgetId} moved back");
        _budgets[budget.BudgetId] = budget;
        var window = new LeaseBudget(budget.BudgetId, budget.WindowStart);
        _limitMax[window] = Math.Max(_limitMax.GetValueOrDefault(window), budget.LimitNanos);
        return window;
    }

    private void Note(CreditLease lease, HashSet<LeaseBudget> touched)
    {
        if (!_leases.TryGetValue(lease.Id, out var count))
        {
            _leases.Add(lease.Id, count = new LeaseCount(lease));
            foreach (var window in lease.Chain) WindowOf(window).Leases.Add(count);
        }

        count.Lease = lease;
        foreach (var window in lease.Chain) touched.Add(window);
    }

    /// <summary>False when its lease is not there.</summary>
    private bool Note(PostedEntry entry)
    {
        if (entry.LeaseId is not { } id) return true;
        if (!_leases.TryGetValue(id, out var lease)) return false;
        lease.PostedNanos += entry.CostNanos;

        // A correction upwards may pass a limit, also inside what was granted and freed in between.
        if (!entry.IsCorrection || entry.CostNanos <= 0) return true;
        foreach (var window in lease.Lease.Chain) WindowOf(window).CorrectedUpNanos += entry.CostNanos;
        return true;
    }

    /// <summary>A lease that goes has settled nothing, so no count misses it; its id may come back as a tombstone.</summary>
    private void Forget(CreditLease lease)
    {
        if (lease is not { State: LeaseState.Closed, SettledNanos: 0 }) throw Broken($"lease {lease.Id} was deleted: {lease}");
        _closed.Remove(lease.Id);
        if (!_leases.Remove(lease.Id, out var count)) return;
        foreach (var window in lease.Chain) WindowOf(window).Leases.Remove(count);
    }

    private void CheckBudget(BudgetNumbers budget, WindowCount window)
    {
        long leased = 0, doubt = 0, posted = 0, overdraft = window.CorrectedUpNanos;
        foreach (var count in window.Leases)
        {
            var lease = count.Lease;
            if (lease.State == LeaseState.Open) leased += lease.UnsettledNanos;
            if (lease.State == LeaseState.Doubt) doubt += lease.UnsettledNanos;
            posted += count.PostedNanos;
            overdraft += Math.Max(0, lease.SettledNanos - lease.GrantedNanos);
        }

        if (leased != budget.LeasedNanos) throw Broken($"leased of {budget.BudgetId}: {budget.LeasedNanos} instead of {leased}");
        if (doubt != budget.DoubtNanos) throw Broken($"doubt of {budget.BudgetId}: {budget.DoubtNanos} instead of {doubt}");
        if (posted != budget.PostedNanos) throw Broken($"posted of {budget.BudgetId}: {budget.PostedNanos} instead of {posted}");
        if (budget is not { LeasedNanos: >= 0, DoubtNanos: >= 0, PostedNanos: >= 0 }) throw Broken($"budget {budget.BudgetId} is below zero");
        var limit = _limitMax[new LeaseBudget(budget.BudgetId, budget.WindowStart)];
        if (posted + leased + doubt > limit + overdraft) throw Broken($"budget {budget.BudgetId} is over its limit of {limit} and the overdraft of {overdraft}: {budget}");
    }

    private void CheckLease(LeaseCount count)
    {
        var lease = count.Lease;
        if (count.PostedNanos != lease.SettledNanos) throw Broken($"settled of {lease.Id}: {lease.SettledNanos} instead of {count.PostedNanos}");
        if (lease is not { GrantedNanos: >= 0, SettledNanos: >= 0 }) throw Broken($"lease {lease.Id} is below zero");
        if (!_closed.TryGetValue(lease.Id, out var granted))
        {
            if (lease.State == LeaseState.Closed) _closed.Add(lease.Id, lease.GrantedNanos);
            return;
        }

        if (lease.State != LeaseState.Closed) throw Broken($"lease {lease.Id} was closed and is {lease.State}");
        if (lease.GrantedNanos != granted) throw Broken($"granted of closed {lease.Id}: {lease.GrantedNanos} instead of {granted}");
    }

    private WindowCount WindowOf(LeaseBudget window)
    {
        if (!_windows.TryGetValue(window, out var count)) _windows.Add(window, count = new WindowCount());
        return count;
    }

    private static LedgerBrokenException Broken(string rule) => new(rule);

    /// <summary>A lease, and what its entries come to.</summary>
    private sealed class LeaseCount(CreditLease lease)
    {
        public CreditLease Lease { get; set; } = lease;
        public long PostedNanos { get; set; }
    }

    /// <summary>The leases that were taken from one window of a budget, and how far operators corrected its leases upwards.</summary>
    private sealed class WindowCount
    {
        public List<LeaseCount> Leases { get; } = [];
        public long CorrectedUpNanos { get; set; }
    }
}
