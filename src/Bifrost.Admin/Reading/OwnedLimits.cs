using Bifrost.Catalog.Model;

namespace Bifrost.Admin.Reading;

/// <summary>The limits of an owner as a body changes them.</summary>
internal readonly record struct OwnedLimits(bool Aligned, ImmutableArray<Budget> Budgets, RateLimit? RateLimit)
{
    public static OwnedLimits Read(Fields fields, bool wasAligned, ImmutableArray<Budget> budgets, RateLimit? rateLimit, Func<Guid> newId)
    {
        var aligned = fields.Flag("calendar_aligned") ?? wasAligned;
        if (aligned != wasAligned) budgets = BudgetFields.Align(budgets, aligned);
        return new OwnedLimits(aligned, BudgetFields.Read(fields, aligned, budgets, newId), RateLimitFields.Read(fields, aligned, rateLimit));
    }
}
