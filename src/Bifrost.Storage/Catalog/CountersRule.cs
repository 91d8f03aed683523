using Bifrost.Catalog.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Storage.Catalog;

/// <summary>Counters as readers see them: a window that has ended reads as the empty one that follows it.</summary>
internal static class CountersRule
{
    public static BudgetCounters AsOf(long nowMs, BudgetRow budget, long windowStartMs, long postedNanos, long leasedNanos, long doubtNanos)
    {
        var stored = DateTimeOffset.FromUnixTimeMilliseconds(windowStartMs);
        var start = WindowClock.Current(budget.Period, stored, DateTimeOffset.FromUnixTimeMilliseconds(nowMs));
        return start > stored
            ? new BudgetCounters(budget, start, 0, 0, 0)
            : new BudgetCounters(budget, stored, postedNanos, leasedNanos, doubtNanos);
    }
}
