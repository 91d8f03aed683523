using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Every budget that binds a call, as a set. Chains are equal when their budget ids are; make one per key, provider and model and keep
/// it, since the book looks its credit up by chain.
/// </summary>
public sealed class BudgetChain : IEquatable<BudgetChain>
{
    public static readonly BudgetChain Empty = new([]);

    private readonly int _hash;

    private BudgetChain(ImmutableArray<ChainBudget> budgets)
    {
        Budgets = budgets;
        Ids = budgets.Select(b => b.Id).ToImmutableArray();
        var hash = default(HashCode);
        foreach (var id in Ids) hash.Add(id, StringComparer.Ordinal);
        _hash = hash.ToHashCode();
    }

    /// <summary>Distinct, in ordinal order of their ids.</summary>
    public ImmutableArray<ChainBudget> Budgets { get; }

    /// <summary>The ids of <see cref="Budgets"/>.</summary>
    public ImmutableArray<string> Ids { get; }

    public bool IsEmpty => Ids.IsEmpty;

    /// <summary>Makes a chain of budgets in any order; a budget that appears twice counts once.</summary>
    public static BudgetChain Of(IEnumerable<ChainBudget> budgets)
    {
        var sorted = budgets.DistinctBy(b => b.Id, StringComparer.Ordinal).OrderBy(b => b.Id, StringComparer.Ordinal).ToImmutableArray();
        if (sorted.Length > LedgerLimits.ChainBudgetsMax)
            throw new ArgumentException($"A call is bound by {sorted.Length} budgets; at most {LedgerLimits.ChainBudgetsMax} may be.", nameof(budgets));
        return sorted.IsEmpty ? Empty : new BudgetChain(sorted);
    }

    public bool Equals(BudgetChain? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Ids.AsSpan().SequenceEqual(other.Ids.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as BudgetChain);

    public override int GetHashCode() => _hash;

    public override string ToString() => string.Join('+', Ids);
}

/// <summary>A budget of a chain, with what a refusal says of it.</summary>
/// <param name="Id">The budget's id.</param>
/// <param name="Level">Whose kind it is.</param>
/// <param name="OwnerName">The owner's name, for people.</param>
public sealed record ChainBudget(string Id, BudgetLevel Level, string OwnerName);
