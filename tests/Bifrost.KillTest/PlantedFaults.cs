namespace Bifrost.KillTest;

/// <summary>Spoils copies of the ledger, each in one place, to see that the audit would have noticed.</summary>
internal static class PlantedFaults
{
    /// <param name="lostCost">What tries without an entry were billed.</param>
    public static (int Found, int Planted) Try(LedgerImage ledger, IReadOnlyList<BillRow> bill, IReadOnlyList<Life> lives, long lostCost)
    {
        var paid = ledger.Entries.Last(entry => !entry.IsEstimate && entry.Cost > 0 && Life.Of(lives, entry.Attempt) == lives.Count - 1);
        var busiest = ledger.Budgets.MaxBy(budget => budget.Posted)!;
        List<LedgerImage> misbooked =
        [
            ledger with { Entries = [.. ledger.Entries.Where(entry => entry != paid)] },
            Instead(paid, paid with { Cost = paid.Cost + 1 }),
            Instead(paid, paid with { CompletionTokens = paid.CompletionTokens - 1 }),
            ledger with { Entries = [.. ledger.Entries, paid with { Attempt = Guid.CreateVersion7(lives[^1].From) }] },
        ];
        List<LedgerImage> broken =
        [
            ledger with { Budgets = [.. ledger.Budgets.Select(budget => budget == busiest ? budget with { Leased = 1 } : budget)] },
            ledger with { Budgets = [.. ledger.Budgets.Select(budget => budget == busiest ? budget with { Limit = budget.Posted - 1 } : budget)] },
        ];

        // Doubt that covers nothing may go without anybody's loss.
        if (lostCost > 0)
        {
            broken.Add(ledger with { Leases = [.. ledger.Leases.Select(lease => lease.State == 1 ? lease with { State = 2 } : lease)],
                Budgets = [.. ledger.Budgets.Select(budget => budget with { Doubt = 0 })] });
        }

        // An error costs what it says: not nothing, not its hold; and nothing where it says nothing.
        var errors = bill.Where(line => line.IsErrorAnswer).ToDictionary(line => Guid.Parse(line.RequestId), line => line.Cost);
        if (ledger.Entries.FirstOrDefault(entry => errors.GetValueOrDefault(entry.Attempt) > 0) is { } charged)
        {
            misbooked.Add(Instead(charged, charged with { Cost = 0, PromptTokens = 0, CompletionTokens = 0, CachedTokens = 0 }));
            misbooked.Add(Instead(charged, charged with { Estimated = true }));
        }

        if (ledger.Entries.FirstOrDefault(entry => errors.GetValueOrDefault(entry.Attempt, -1) == 0) is { } free)
        {
            misbooked.Add(Instead(free, free with { Cost = 1 }));
            misbooked.Add(Instead(free, free with { Estimated = true }));
        }

        var found = misbooked.Count(DiffersFromBill) + broken.Count(image => InvariantAudit.Violations(image, quiet: true).Any() || DiffersFromBill(image));
        return (found, misbooked.Count + broken.Count);

        LedgerImage Instead(EntryRow one, EntryRow other) => ledger with { Entries = [.. ledger.Entries.Select(entry => entry == one ? other : entry)] };
        bool DiffersFromBill(LedgerImage image) => BillAudit.Violations(image, bill, lives, new BillSums()).Count > 0;
    }
}
