using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The budgets on which chains of this silo stand, to find credit that another chain could use and what is known of a budget, whichever chain
/// it was told for. A budget is known while a chain stands on it, no longer. Guarded by the book's lock.
/// </summary>
internal sealed class BudgetIndex(LedgerOptions options, GiveBackQueue giveBacks)
{
    private readonly Dictionary<string, BudgetUse> _uses = new(StringComparer.Ordinal);

    public void Add(ChainCredit credit)
    {
        var budgets = ImmutableArray.CreateBuilder<BudgetUse>(credit.Chain.Ids.Length);
        foreach (var id in credit.Chain.Ids)
        {
            if (!_uses.TryGetValue(id, out var use)) _uses.Add(id, use = new BudgetUse());
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
    /// What a chain that holds <paramref name="ownNanos"/> has of the tightest of its budgets of which the store spoke within
    /// <see cref="LedgerOptions.WantSpan"/>.
    /// </summary>
    public ChainRoom Room(BudgetChain chain, long ownNanos, TimeSpan now)
    {
        var room = new ChainRoom(null, ownNanos);
        foreach (var id in chain.Ids)
            if (_uses.TryGetValue(id, out var use)) room = room.Tighter(use.Room(ownNanos, now, options.WantSpan));
        return room;
    }

    /// <summary>The store has told the numbers of a chain's budgets.</summary>
    public void Tell(ImmutableArray<BudgetNumbers> numbers, TimeSpan now)
    {
        foreach (var budget in numbers)
            if (_uses.TryGetValue(budget.BudgetId, out var use)) use.Tell(budget, now);
    }

    /// <summary>Remembers which budgets refused a call, for calls of any chain that need as much at least.</summary>
    public void Remember(AcquireRefused refused, long leastNanos, TimeSpan now)
    {
        foreach (var budget in refused.Budgets)
        {
            if (budget.FreeNanos < leastNanos && _uses.TryGetValue(budget.BudgetId, out var use))
                use.Remember(budget, leastNanos, now + options.RefusalMemory);
        }
    }

    /// <summary>
    /// Marks the budgets that are short, so that no credit lies idle on them meanwhile. A call that would not fit even if all credit were
    /// given back marks none: smaller calls may still fit.
    /// </summary>
    public void NoteShortage(AcquireRefused refused, long leastNanos, TimeSpan now)
    {
        foreach (var budget in refused.Budgets)
            if (budget.LeftNanos < leastNanos) return;
        foreach (var budget in refused.Budgets)
            if (budget.FreeNanos < leastNanos && _uses.TryGetValue(budget.BudgetId, out var use)) use.ShortUntil = now + options.WantSpan;
    }

    /// <summary>
    /// Gives back this silo's own unheld credit on the budgets that are short: the chain's own at any time, that of other chains at most
    /// once in a refusal's memory, since there may be very many. False when there was none, now or just before.
    /// </summary>
    public bool GiveUnheldBack(ChainCredit refusedChain, AcquireRefused refused, long leastNanos, TimeSpan now)
    {
        var found = giveBacks.AddUnheld(refusedChain);
        foreach (var budget in refused.Budgets)
        {
            if (budget.FreeNanos >= leastNanos || !_uses.TryGetValue(budget.BudgetId, out var use)) continue;
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
}
