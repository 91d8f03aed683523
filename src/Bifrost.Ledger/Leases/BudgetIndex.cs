using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Which chains of this silo stand on a budget, to find credit that another chain could use, and which budgets are short. A budget is known
/// while a chain stands on it, no longer. Guarded by the book's lock.
/// </summary>
internal sealed class BudgetIndex(LedgerOptions options, GiveBackQueue giveBacks)
{
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);

    public void Add(ChainCredit credit)
    {
        var budgets = ImmutableArray.CreateBuilder<Use>(credit.Chain.Ids.Length);
        foreach (var id in credit.Chain.Ids)
        {
            if (!_uses.TryGetValue(id, out var use)) _uses.Add(id, use = new Use());
            use.Chains.Add(credit);
            budgets.Add(use);
        }

        credit.Budgets = budgets.MoveToImmutable();
    }

    public void Remove(ChainCredit credit)
    {
        foreach (var id in credit.Chain.Ids)
        {
            if (!_uses.TryGetValue(id, out var use)) continue;
            use.Chains.Remove(credit);
            if (use.Chains.Count == 0) _uses.Remove(id);
        }
    }

    /// <summary>
    /// Marks the budgets that are short, so that no credit lies idle on them meanwhile. A call that would not fit even if all credit were
    /// given back marks none: smaller calls may still fit.
    /// </summary>
    public void NoteShortage(AcquireRefused refused, long needNanos, TimeSpan now)
    {
        foreach (var budget in refused.Budgets)
            if (budget.LeftNanos < needNanos) return;
        foreach (var budget in refused.Budgets)
            if (budget.FreeNanos < needNanos && _uses.TryGetValue(budget.BudgetId, out var use)) use.ShortUntil = now + options.WantSpan;
    }

    /// <summary>
    /// Gives back this silo's own unheld credit on the budgets that are short: the chain's own at any time, that of other chains at most
    /// once in a refusal's memory, since there may be very many. False when there was none, now or just before.
    /// </summary>
    public bool GiveUnheldBack(ChainCredit refusedChain, AcquireRefused refused, long needNanos, TimeSpan now)
    {
        var found = giveBacks.AddUnheld(refusedChain);
        foreach (var budget in refused.Budgets)
        {
            if (budget.FreeNanos >= needNanos || !_uses.TryGetValue(budget.BudgetId, out var use)) continue;
            if (use.TrimmedAt > now - options.RefusalMemory)
            {
                found = true;
                continue;
            }

            var others = false;
            foreach (var chain in use.Chains) others |= giveBacks.AddUnheld(chain);
            if (!others) continue;
            use.TrimmedAt = now;
            found = true;
        }

        return found;
    }

    internal sealed class Use
    {
        public HashSet<ChainCredit> Chains { get; } = [];

        /// <summary>When the unheld credit of these chains was last given back; looking again at once would find little.</summary>
        public TimeSpan TrimmedAt { get; set; } = TimeSpan.MinValue;

        /// <summary>Until then credit that lies idle would be missed elsewhere.</summary>
        public TimeSpan ShortUntil { get; set; }
    }
}
