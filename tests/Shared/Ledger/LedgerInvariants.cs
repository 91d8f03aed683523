using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>
/// What holds after every transaction (ledger, invariants). It remembers what a single state cannot tell: the highest limit of each
/// window, and closed leases.
/// </summary>
internal sealed class LedgerInvariants
{
    private readonly Dictionary<(string Budget, DateTimeOffset Window), long> _limitMax = [];
    private readonly Dictionary<Guid, long> _closed = [];

    /// <exception cref="InvalidOperationException">An invariant is broken; the message says which.</exception>
    public void Check(LedgerState state)
    {
        var entries = state.Entries.ToLookup(entry => entry.LeaseId);
        foreach (var lease in state.Leases) CheckLease(lease, entries[lease.Id].Sum(entry => entry.CostNanos));
        foreach (var budget in state.Budgets)
        {
            var own = state.Leases.Where(l => l.Chain.Any(c => c.BudgetId == budget.BudgetId && c.WindowStart == budget.WindowStart)).ToList();
            Equal($"leased of {budget.BudgetId}", own.Where(l => l.State == LeaseState.Open).Sum(l => l.UnsettledNanos), budget.LeasedNanos);
            Equal($"doubt of {budget.BudgetId}", own.Where(l => l.State == LeaseState.Doubt).Sum(l => l.UnsettledNanos), budget.DoubtNanos);
            Equal($"posted of {budget.BudgetId}", own.Sum(l => entries[l.Id].Sum(entry => entry.CostNanos)), budget.PostedNanos);
            Require(budget is { LeasedNanos: >= 0, DoubtNanos: >= 0, PostedNanos: >= 0 }, $"budget {budget.BudgetId} is below zero");
            var window = (budget.BudgetId, budget.WindowStart);
            var limit = _limitMax[window] = Math.Max(_limitMax.GetValueOrDefault(window), budget.LimitNanos);
            var overdraft = own.Sum(l => Math.Max(0, l.SettledNanos - l.GrantedNanos));
            Require(
                budget.PostedNanos + budget.LeasedNanos + budget.DoubtNanos <= limit + overdraft,
                $"budget {budget.BudgetId} is over its limit of {limit} and the overdraft of {overdraft}: {budget}");
        }
    }

    /// <summary>After an Acquire was granted, its whole chain is within its limits.</summary>
    public static void CheckGrant(LedgerState state, IEnumerable<string> chain)
    {
        foreach (var id in chain)
        {
            var budget = state.Budgets.Single(b => b.BudgetId == id);
            Require(
                budget.PostedNanos + budget.LeasedNanos + budget.DoubtNanos <= budget.LimitNanos, $"a grant brought budget {id} over its limit: {budget}");
        }
    }

    private void CheckLease(CreditLease lease, long posted)
    {
        Equal($"settled of {lease.Id}", posted, lease.SettledNanos);
        Require(lease is { GrantedNanos: >= 0, SettledNanos: >= 0 }, $"lease {lease.Id} is below zero");
        if (lease.State == LeaseState.Closed)
        {
            if (!_closed.TryAdd(lease.Id, lease.GrantedNanos)) Equal($"granted of closed {lease.Id}", _closed[lease.Id], lease.GrantedNanos);
        }
        else
        {
            Require(!_closed.ContainsKey(lease.Id), $"lease {lease.Id} was closed and is {lease.State}");
        }
    }

    private static void Equal(string what, long expected, long actual) => Require(expected == actual, $"{what}: {actual} instead of {expected}");

    private static void Require(bool holds, string broken)
    {
        if (!holds) throw new InvalidOperationException(broken);
    }
}
