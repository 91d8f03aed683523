namespace Bifrost.KillTest;

/// <summary>Spoils copies of the ledger, each in one place, to see that the audit would have noticed.</summary>
internal static class PlantedFaults
{
    public static (int Found, int Planted) Try(LedgerImage ledger, IReadOnlyList<BillRow> bill, IReadOnlyList<Life> lives)
    {
        var paid = ledger.Entries.Last(entry => !entry.IsEstimate && entry.Cost > 0 && Life.Of(lives, entry.Attempt) == lives.Count - 1);
        var busiest = ledger.Budgets.MaxBy(budget => budget.Posted)!;
        LedgerImage[] spoilt =
        [
            ledger with { Entries = [.. ledger.Entries.Where(entry => entry != paid)] },
            ledger with { Entries = [.. ledger.Entries.Select(entry => entry == paid ? entry with { Cost = entry.Cost + 1 } : entry)] },
            ledger with { Entries = [.. ledger.Entries.Select(entry => entry == paid ? entry with { CompletionTokens = entry.CompletionTokens - 1 } : entry)] },
            ledger with { Entries = [.. ledger.Entries, paid with { Attempt = Guid.CreateVersion7(lives[^1].From) }] },
            ledger with { Budgets = [.. ledger.Budgets.Select(budget => budget == busiest ? budget with { Leased = 1 } : budget)] },
            ledger with { Budgets = [.. ledger.Budgets.Select(budget => budget == busiest ? budget with { Limit = budget.Posted - 1 } : budget)] },
            ledger with { Leases = [.. ledger.Leases.Select(lease => lease.State == 1 ? lease with { State = 2 } : lease)],
                Budgets = [.. ledger.Budgets.Select(budget => budget with { Doubt = 0 })] },
        ];
        var found = spoilt.Count(image => InvariantAudit.Violations(image, quiet: true).Any() || BillAudit.Violations(image, bill, lives, new BillSums()).Count > 0);
        return (found, spoilt.Length);
    }
}
