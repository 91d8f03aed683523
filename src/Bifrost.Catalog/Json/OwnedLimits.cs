using Bifrost.Catalog.Model;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Json;

/// <summary>The limits of an owner.</summary>
/// <param name="Aligned">Whether windows of a day and more follow the calendar, unless a limit says otherwise.</param>
public readonly record struct OwnedLimits(bool Aligned, ImmutableArray<Budget> Budgets, RateLimit? RateLimit)
{
    /// <summary>The limits after <c>calendar_aligned</c> of the owner: where it changes, its budgets turn onto the calendar or off it.</summary>
    public OwnedLimits AlignedBy(Section owner)
    {
        var aligned = owner.Flag("calendar_aligned") ?? Aligned;
        return aligned == Aligned ? this : new OwnedLimits(aligned, [.. Budgets.Select(budget => Align(budget, aligned))], RateLimit);
    }

    private static Budget Align(Budget budget, bool aligned) => budget.Period.Unit < PeriodUnit.Day || budget.Period.CalendarAligned == aligned
        ? budget
        : budget with { Period = budget.Period with { CalendarAligned = aligned } };
}

/// <summary>An owner of limits, as limits outside it refer to it.</summary>
/// <param name="Member">The name by which a budget of a list says whose it is, for example <c>team_id</c>.</param>
/// <param name="Id">The owner's id as that name has it; null when it has none.</param>
/// <param name="Prefix">Begins the ids of its budgets that state none.</param>
public readonly record struct LimitReference(string Member, string? Id, string Prefix);

/// <summary>Where the limits of an owner stand: in its own object, or in lists beside it.</summary>
public interface ILimitSource
{
    /// <summary>The budgets and the rate limit of an owner over those that it has.</summary>
    OwnedLimits Read(Section owner, LimitReference reference, OwnedLimits before);
}
