namespace Bifrost.Ledger.Leases;

/// <summary>Which chains of this silo stand on a budget, to find credit that another chain could use.</summary>
internal sealed class BudgetIndex
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

    public Use? Of(string budgetId) => _uses.GetValueOrDefault(budgetId);

    internal sealed class Use
    {
        public HashSet<ChainCredit> Chains { get; } = [];

        /// <summary>When the unheld credit of these chains was last given back; looking again at once would find little.</summary>
        public TimeSpan TrimmedAt { get; set; } = TimeSpan.MinValue;

        /// <summary>Until then credit that lies idle would be missed elsewhere.</summary>
        public TimeSpan ShortUntil { get; set; }
    }
}
