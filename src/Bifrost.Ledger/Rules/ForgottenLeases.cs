using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Rules;

/// <summary>Which closed leases are deleted, by the time in their ids.</summary>
/// <param name="unusedKept">How long closed leases that paid nothing are kept.</param>
/// <param name="usedKept">How long closed leases that paid are kept.</param>
public sealed class ForgottenLeases(TimeSpan unusedKept, TimeSpan usedKept)
{
    /// <summary>The product's times; only the simulation has shorter ones.</summary>
    public static readonly ForgottenLeases Standard = new(LedgerLimits.UnusedLeaseKept, LedgerLimits.UsedLeaseKept);

    /// <summary>True for an id so old that its lease, were it closed, may be deleted.</summary>
    public bool MayBe(Guid leaseId, long nowMs) => UuidTime.MadeAt(leaseId) < Before(nowMs, unusedKept);

    /// <summary>Closed leases that paid nothing go when their id is less.</summary>
    public Guid UnusedBefore(long nowMs) => UuidTime.LeastOf(Before(nowMs, unusedKept));

    /// <summary>The others go when their id is less.</summary>
    public Guid UsedBefore(long nowMs) => UuidTime.LeastOf(Before(nowMs, usedKept));

    private static DateTimeOffset Before(long nowMs, TimeSpan kept) => DateTimeOffset.FromUnixTimeMilliseconds(nowMs) - kept;
}
