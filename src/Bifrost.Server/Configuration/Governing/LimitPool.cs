using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>
/// The lists <c>governance.budgets</c> and <c>governance.rate_limits</c>, which owners point to by id or which name their owner,
/// and the limits that stand inside an owner. An owner's limits may come in either style.
/// </summary>
internal sealed class LimitPool : ILimitSource
{
    private readonly Dictionary<string, Pooled> _budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Pooled> _rateLimits = new(StringComparer.Ordinal);

    public LimitPool(Section governance)
    {
        Gather(governance, "budgets", _budgets);
        Gather(governance, "rate_limits", _rateLimits);
    }

    public OwnedLimits Read(Section owner, LimitReference reference, OwnedLimits before)
    {
        var budgets = new List<Budget>();
        foreach (var section in BudgetsOf(owner, reference.Member, reference.Id))
        {
            CheckOwner(section, reference);
            if (ReadBudget(section, reference.Prefix, before.Aligned) is { } budget) BudgetReader.Add(section, budgets, budget);
        }

        return before with { Budgets = [.. budgets], RateLimit = RateLimitOf(owner, before.Aligned) };
    }

    /// <summary>Warns about every limit of the lists that has no owner.</summary>
    public void WarnOfUnused()
    {
        foreach (var (id, pooled) in _budgets)
        {
            if (pooled.UsedBy is not null) continue;
            pooled.Section.Warn("id", $"is \"{id}\", and no owner has this budget, so it limits nothing");
            ReadBudget(pooled.Section, id, aligned: false);
        }

        foreach (var (id, pooled) in _rateLimits)
        {
            if (pooled.UsedBy is not null) continue;
            pooled.Section.Warn("id", $"is \"{id}\", and no owner has this rate limit, so it limits nothing");
            RateLimitReader.Read(pooled.Section, aligned: false);
        }
    }

    private IEnumerable<Section> BudgetsOf(Section owner, string reference, string? ownerId)
    {
        foreach (var inside in owner.Objects("budgets")) yield return inside;
        if (owner.Object("budget") is { } single) yield return single;
        if (owner.Text("budget_id") is { } id && Take(owner, "budget_id", id, _budgets) is { } one) yield return one;
        foreach (var each in owner.Texts("budget_ids") ?? [])
            if (Take(owner, "budget_ids", each, _budgets) is { } some) yield return some;
        if (ownerId is null) yield break;
        foreach (var pooled in _budgets.Values)
        {
            if (!string.Equals(pooled.Section.Id(reference), ownerId, StringComparison.Ordinal) || pooled.UsedBy == owner.Path) continue;
            if (Claim(owner, pooled)) yield return pooled.Section;
        }
    }

    private RateLimit? RateLimitOf(Section owner, bool aligned)
    {
        var inside = owner.Object("rate_limit");
        var id = owner.Text("rate_limit_id");
        if (inside is not null && id is not null)
            owner.Error("rate_limit_id", $"is \"{id}\", and rate_limit stands here too; keep one of them");
        if (inside is not null) return RateLimitReader.Read(inside, aligned);
        if (id is null) return null;
        if (!_rateLimits.TryGetValue(id, out var pooled))
        {
            Unknown(owner, "rate_limit_id", id, _rateLimits, "rate_limits");
            return null;
        }

        if (pooled.UsedBy is { } other)
            owner.Warn("rate_limit_id", $"is \"{id}\", which {other} has too; each of them gets windows of its own");
        pooled.UsedBy ??= owner.Path;
        return RateLimitReader.Read(pooled.Section, aligned);
    }

    /// <summary>Another name that says whose the budget is contradicts its owner.</summary>
    private static void CheckOwner(Section section, LimitReference reference)
    {
        foreach (var other in BudgetReader.OwnerNames)
        {
            if (section.Has(other) && other != reference.Member)
                section.Error(other, $"names an owner, and {reference.Prefix} has this budget too; a budget has one owner");
        }
    }

    private static Budget? ReadBudget(Section section, string prefix, bool aligned)
    {
        var id = section.Id("id");
        return BudgetReader.Read(section, aligned, _ => id ?? $"{prefix}:{section.Text("reset_duration")}");
    }

    private static Section? Take(Section owner, string member, string id, Dictionary<string, Pooled> pool)
    {
        if (pool.TryGetValue(id, out var pooled)) return Claim(owner, pooled) ? pooled.Section : null;
        Unknown(owner, member, id, pool, "budgets");
        return null;
    }

    private static bool Claim(Section owner, Pooled pooled)
    {
        if (pooled.UsedBy is { } other)
        {
            pooled.Section.Error("id", $"is the budget of {other} and of {owner.Path}; a budget has one owner, give each its own");
            return false;
        }

        pooled.UsedBy = owner.Path;
        return true;
    }

    private static void Unknown(Section owner, string member, string id, Dictionary<string, Pooled> pool, string list) => owner.Error(
        member, $"is \"{id}\", which governance.{list} does not have; {NearestName.Remedy(id, pool.Keys, "add it there, or write the limit here")}");

    private static void Gather(Section governance, string list, Dictionary<string, Pooled> pool)
    {
        foreach (var section in governance.Objects(list))
        {
            var id = section.RequiredText("id");
            if (id.Length > 0 && !pool.TryAdd(id, new Pooled(section)))
                section.Error("id", $"is \"{id}\", which another of governance.{list} has; ids are unique");
        }
    }

    private sealed class Pooled(Section section)
    {
        public Section Section { get; } = section;

        /// <summary>Path of the owner that took it.</summary>
        public string? UsedBy { get; set; }
    }
}
