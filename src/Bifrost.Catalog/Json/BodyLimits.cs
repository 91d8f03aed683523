using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Json;

/// <summary>
/// Reads the limits that stand in an owner's own object: <c>budgets</c>, the whole set, one a window, and <c>rate_limit</c>. A budget of a
/// window that the owner has already stays the same one.
/// </summary>
/// <param name="newId">Makes the id of a new budget.</param>
public sealed class BodyLimits(Func<Guid> newId) : ILimitSource
{
    private const int BudgetsMax = 16;

    public OwnedLimits Read(Section owner, LimitReference reference, OwnedLimits before) =>
        before with { Budgets = Budgets(owner, before), RateLimit = RateLimit(owner, before) };

    private ImmutableArray<Budget> Budgets(Section owner, OwnedLimits before)
    {
        var single = owner.Object("budget");
        var list = owner.Objects("budgets", BudgetsMax);
        if (single is not null && owner.Has("budgets")) owner.Error("budget", "stands here beside budgets; keep budgets");
        if (single is null && !owner.Has("budgets")) return before.Budgets;
        var budgets = ImmutableArray.CreateBuilder<Budget>();
        foreach (var section in single is null ? list : [single])
        {
            if (BudgetReader.Read(section, before.Aligned, period => Had(period)?.Id ?? newId().ToString()) is not { } budget) continue;
            if (!section.IsNamed("admission")) budget = budget with { Admission = Had(budget.Period)?.Admission ?? default };
            BudgetReader.Add(section, budgets, budget);
        }

        return budgets.DrainToImmutable();

        Budget? Had(WindowPeriod period) => before.Budgets.FirstOrDefault(budget => budget.Period == period);
    }

    private static RateLimit? RateLimit(Section owner, OwnedLimits before)
    {
        if (!owner.IsNamed("rate_limit")) return before.RateLimit;
        return owner.Object("rate_limit") is { } section ? RateLimitReader.Read(section, before.Aligned) : null;
    }
}
