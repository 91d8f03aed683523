namespace Bifrost.KillTest;

/// <summary>The invariants of the ledger that hold after every transaction, so also in whatever state a kill left the store.</summary>
internal static class InvariantAudit
{
    /// <param name="ledger">The store as it stands.</param>
    /// <param name="quiet">True: every server has ended in order or was swept, so no lease may be open.</param>
    public static IEnumerable<string> Violations(LedgerImage ledger, bool quiet)
    {
        var leases = ledger.Leases.ToDictionary(lease => lease.Id);
        var settled = ledger.Entries.Where(entry => entry.Lease is not null).GroupBy(entry => entry.Lease!.Value)
            .ToDictionary(group => group.Key, group => group.Sum(entry => entry.Cost));
        foreach (var entry in ledger.Entries)
            if (entry.Cost > 0 && (entry.Lease is null || !leases.ContainsKey(entry.Lease.Value))) yield return $"entry {entry.Attempt} costs and has no lease";
        foreach (var lease in ledger.Leases)
        {
            var sum = settled.GetValueOrDefault(lease.Id);
            if (sum != lease.Settled) yield return $"lease {lease.Id} says settled {lease.Settled}, its entries add up to {sum}";
            if (quiet && lease.State == 0) yield return $"lease {lease.Id} is still open after quiet";
        }

        foreach (var budget in ledger.Budgets)
        {
            var mine = ledger.Leases.Where(lease => lease.Chain.Contains((budget.Id, budget.Window))).ToList();
            var posted = mine.Sum(lease => settled.GetValueOrDefault(lease.Id));
            var leased = mine.Where(lease => lease.State == 0).Sum(lease => lease.Rest);
            var doubt = mine.Where(lease => lease.State == 1).Sum(lease => lease.Rest);
            var overdraft = mine.Sum(lease => lease.Overdraft);
            if (posted != budget.Posted) yield return $"budget {budget.Id} says posted {budget.Posted}, its entries add up to {posted}";
            if (leased != budget.Leased) yield return $"budget {budget.Id} says leased {budget.Leased}, its open leases cover {leased}";
            if (doubt != budget.Doubt) yield return $"budget {budget.Id} says doubt {budget.Doubt}, its leases in doubt cover {doubt}";
            if (quiet && budget.Leased != 0) yield return $"budget {budget.Id} still has {budget.Leased} leased after quiet";
            if (budget.Posted + budget.Leased + budget.Doubt > budget.Limit + overdraft)
                yield return $"budget {budget.Id} is over: posted {budget.Posted} + leased {budget.Leased} + doubt {budget.Doubt} > limit {budget.Limit} + overdraft {overdraft}";
        }
    }
}
