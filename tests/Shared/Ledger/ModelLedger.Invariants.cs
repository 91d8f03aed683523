using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

internal sealed partial class ModelLedger
{
    private readonly HashSet<ModelBudget> _touched = [];

    /// <summary>The highest limit that each window of each budget ever had.</summary>
    public Dictionary<(string BudgetId, DateTimeOffset WindowStart), long> HighestLimits { get; } = [];

    /// <summary>Asserts the invariants of every budget in its current window, and of every lease.</summary>
    public void CheckAll()
    {
        foreach (var budget in Budgets.Values) Check(budget);
        foreach (var lease in Leases.Values)
        {
            var entries = Entries.Values.Where(e => e.LeaseId == lease.Id).Sum(e => e.CostNanos);
            Assert(lease.SettledNanos == entries, $"settled of lease {lease.Id} is the sum of its entries");
            Assert(lease.GrantedNanos >= 0 && lease.SettledNanos >= 0, "nothing is negative");
        }
    }

    /// <summary>Everything that a command may change, in a number.</summary>
    public int Fingerprint()
    {
        var hash = default(HashCode);
        foreach (var budget in Budgets.Values)
            hash.Add((budget.WindowStart, budget.PostedNanos, budget.LeasedNanos, budget.DoubtNanos, budget.Retired, budget.Definition.LimitNanos));
        foreach (var lease in Leases.Values) hash.Add((lease.Id, lease.State, lease.GrantedNanos, lease.SettledNanos));
        foreach (var holder in Holders.Values) hash.Add((holder.Dead, holder.SeenUntil, holder.CatalogSeen));
        hash.Add((Entries.Count, CatalogVersion));
        return hash.ToHashCode();
    }

    private void CheckTouched()
    {
        foreach (var budget in _touched) Check(budget);
        _touched.Clear();
    }

    private void Check(ModelBudget budget)
    {
        long leased = 0, doubt = 0, posted = 0, overdraft = 0;
        foreach (var lease in budget.LeasesOfWindow)
        {
            if (lease.State == LeaseState.Open) leased += lease.RemainingNanos;
            if (lease.State == LeaseState.Doubt) doubt += lease.RemainingNanos;
            posted += lease.EntriesNanos;
            overdraft += Math.Max(0, lease.SettledNanos - lease.GrantedNanos) + lease.CorrectedUpNanos;
            Assert(lease.SettledNanos == lease.EntriesNanos, "settled is the sum of the lease's entries");
        }

        var id = budget.Definition.Id;
        Assert(leased == budget.LeasedNanos, $"{id}: leased {budget.LeasedNanos} is {leased} by its open leases");
        Assert(doubt == budget.DoubtNanos, $"{id}: doubt {budget.DoubtNanos} is {doubt} by its leases in doubt");
        Assert(posted == budget.PostedNanos, $"{id}: posted {budget.PostedNanos} is {posted} by its entries");
        Assert(Math.Min(leased, Math.Min(doubt, posted)) >= 0, $"{id}: nothing is negative");
        var highest = HighestLimits[(id, budget.WindowStart)];
        Assert(posted + leased + doubt <= highest + overdraft, $"{id}: {posted}+{leased}+{doubt} passes {highest}+{overdraft}");
    }

    private ModelBudget Touch(ModelBudget budget)
    {
        _touched.Add(budget);
        return budget;
    }

    private void NoteLimit(ModelBudget budget)
    {
        Touch(budget);
        var window = (budget.Definition.Id, budget.WindowStart);
        HighestLimits[window] = Math.Max(budget.Definition.LimitNanos, HighestLimits.GetValueOrDefault(window));
    }

    private static void Assert(bool holds, string rule)
    {
        if (!holds) throw new LedgerBrokenException(rule);
    }
}

/// <summary>An invariant of the ledger does not hold.</summary>
internal sealed class LedgerBrokenException(string rule) : Exception(rule);
