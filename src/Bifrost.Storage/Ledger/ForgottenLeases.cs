using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Ledger;

/// <summary>Which closed leases are deleted, by the time in their ids.</summary>
internal static class ForgottenLeases
{
    /// <summary>True for an id so old that its lease, were it closed, may be deleted.</summary>
    public static bool MayBe(Guid leaseId, long nowMs) => UuidTime.MadeAt(leaseId) < Before(nowMs, LedgerLimits.UnusedLeaseKept);

    /// <summary>Closed leases that paid nothing go when their id is less.</summary>
    public static Guid UnusedBefore(long nowMs) => UuidTime.LeastOf(Before(nowMs, LedgerLimits.UnusedLeaseKept));

    /// <summary>The others go when their id is less.</summary>
    public static Guid UsedBefore(long nowMs) => UuidTime.LeastOf(Before(nowMs, LedgerLimits.UsedLeaseKept));

    private static DateTimeOffset Before(long nowMs, TimeSpan kept) => DateTimeOffset.FromUnixTimeMilliseconds(nowMs) - kept;
}
