namespace Bifrost.Ledger.Leases;

/// <summary>
/// The chains that have credit, waiters or a memory here: one <see cref="ChainCredit"/> for each set of budget ids, known to
/// <see cref="BudgetIndex"/> as long as it is known here. Guarded by the book's lock.
/// </summary>
internal sealed class ChainIndex(BudgetIndex budgets)
{
    private readonly Dictionary<BudgetChain, ChainCredit> _chains = [];

    public int Count => _chains.Count;

    /// <summary>All chains; <see cref="Remove"/> is allowed while they are enumerated.</summary>
    public Dictionary<BudgetChain, ChainCredit>.ValueCollection All => _chains.Values;

    /// <summary>The chain's credit, made when there is none yet.</summary>
    public ChainCredit Of(BudgetChain chain, TimeSpan now)
    {
        if (_chains.TryGetValue(chain, out var credit)) return credit;
        credit = new ChainCredit(chain, now);
        _chains.Add(chain, credit);
        budgets.Add(credit);
        return credit;
    }

    /// <summary>What calls of this chain hold.</summary>
    public long HeldNanos(BudgetChain chain) => _chains.TryGetValue(chain, out var credit) ? credit.HeldNanos : 0;

    public void Remove(ChainCredit credit)
    {
        _chains.Remove(credit.Chain);
        budgets.Remove(credit);
    }
}
