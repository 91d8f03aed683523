using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

/// <summary>Rows that mislead the product's transaction in one way.</summary>
internal sealed class FlawedLedgerRows(InMemoryLedgerStore store, LedgerFlaw flaw) : InMemoryLedgerRows(store)
{
    private readonly InMemoryLedgerStore _store = store;
    private readonly bool _losesBudget = flaw == LedgerFlaw.LosesABudgetChange && store.Entries.Count % 16 == 1;

    public override void Insert(LeaseRecord lease)
    {
        var isRefusal = lease is { State: LeaseState.Closed, HolderId: not null };
        if (flaw != LedgerFlaw.RefusalLeavesNoTombstone || !isRefusal) base.Insert(lease);
    }

    public override void AddEntries(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew)
    {
        base.AddEntries(entries, atMs, isNew);
        if (flaw == LedgerFlaw.PostsAgain) isNew.Fill(true);
    }

    /// <summary>In some transactions, what happens to one budget happens to a copy that is never written.</summary>
    public override BudgetRecord? Budget(string id) =>
        _losesBudget && id == "b3" && base.Budget(id) is { } budget ? Copy(budget) : base.Budget(id);

    protected override LeaseRecord Read(CreditLease lease)
    {
        if (flaw != LedgerFlaw.SettlesIntoTheNextWindow) return base.Read(lease);
        return base.Read(lease with { Chain = [.. lease.Chain.Select(link => link with { WindowStart = _store.Budgets[link.BudgetId].WindowStart })] });
    }

    private static BudgetRecord Copy(BudgetRecord budget) => new()
    {
        Id = budget.Id,
        Period = budget.Period,
        LimitNanos = budget.LimitNanos,
        Retired = budget.Retired,
        WindowStartMs = budget.WindowStartMs,
        PostedNanos = budget.PostedNanos,
        LeasedNanos = budget.LeasedNanos,
        DoubtNanos = budget.DoubtNanos,
    };
}
