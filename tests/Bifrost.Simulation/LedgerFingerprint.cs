namespace Bifrost.Simulation;

/// <summary>Everything that a command may change, in a number.</summary>
internal static class LedgerFingerprint
{
    public static int Of(InMemoryLedgerStore store)
    {
        var hash = default(HashCode);
        foreach (var budget in store.Budgets.Values)
            hash.Add((budget.WindowStart, budget.PostedNanos, budget.LeasedNanos, budget.DoubtNanos, budget.LimitNanos));
        foreach (var lease in store.Leases.Values) hash.Add((lease.Id, lease.State, lease.GrantedNanos, lease.SettledNanos));
        foreach (var holder in store.Holders.Values) hash.Add(holder);
        hash.Add((store.Entries.Count, store.CatalogVersion, store.RetiredBudgets.Count));
        return hash.ToHashCode();
    }
}
