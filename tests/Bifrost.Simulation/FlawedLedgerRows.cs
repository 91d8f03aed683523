using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

/// <summary>Rows that mislead the product's transaction in one way.</summary>
internal sealed class FlawedLedgerRows(InMemoryLedgerStore store, LedgerFlaw flaw) : InMemoryLedgerRows(store)
{
    private readonly InMemoryLedgerStore _store = store;
    private readonly bool _losesBudget = flaw == LedgerFlaw.LosesABudgetChange && store.Entries.Count % 16 == 1;

    /// <summary>Budgets of which one nano-dollar is hidden while an Acquire is decided, each with the window that it was hidden in.</summary>
    private readonly List<(BudgetRecord Budget, long WindowStartMs)> _hidden = [];
    private bool _hides;

    /// <summary>Of all commands only an Acquire asks this, before it looks at its budgets.</summary>
    public override bool IsHolderLive(Guid id)
    {
        _hides = flaw == LedgerFlaw.GrantsOneMoreThanIsFree;
        return base.IsHolderLive(id);
    }

    public override void Insert(LeaseRecord lease)
    {
        Show();
        var isRefusal = lease is { State: LeaseState.Closed, HolderId: not null };
        if (flaw != LedgerFlaw.RefusalLeavesNoTombstone || !isRefusal) base.Insert(lease);
    }

    public override void AddEntries(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew)
    {
        base.AddEntries(entries, atMs, isNew);
        if (flaw == LedgerFlaw.PostsAgain) isNew.Fill(true);
    }

    /// <summary>In some transactions, what happens to one budget happens to a copy that is never written.</summary>
    public override BudgetRecord? Budget(string id)
    {
        var budget = base.Budget(id);
        if (_hides && budget is not null) Hide(budget);
        return _losesBudget && id == "b3" && budget is not null ? Copy(budget) : budget;
    }

    protected override LeaseRecord Read(CreditLease lease)
    {
        if (flaw != LedgerFlaw.SettlesIntoTheNextWindow) return base.Read(lease);
        return base.Read(lease with { Chain = [.. lease.Chain.Select(link => link with { WindowStart = _store.Budgets[link.BudgetId].WindowStart })] });
    }

    private void Hide(BudgetRecord budget)
    {
        budget.LeasedNanos--;
        _hidden.Add((budget, budget.WindowStartMs));
    }

    private void Show()
    {
        _hides = false;
        foreach (var (budget, windowStartMs) in _hidden)
            if (budget.WindowStartMs == windowStartMs) budget.LeasedNanos++;
        _hidden.Clear();
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
