namespace Bifrost.Ledger.Store;

/// <summary>
/// The store of budgets, leases and entries (ledger, commands to the store). Rules for every implementation:
/// <list type="bullet">
/// <item>Each method is one transaction and safe to repeat. A caller that got no answer repeats the very same call.</item>
/// <item>All times are the store's clock, read after the locks are taken; callers get durations relative to it where they count themselves.</item>
/// <item>Locks in one order: leases by id, then the union of budgets by id (ordinal), then holders.</item>
/// <item>Infrastructure that fails is any exception (the caller waits and repeats); everything that a command may come to is a value.</item>
/// <item>A serialisation failure or deadlock may be repeated inside the implementation or thrown.</item>
/// <item>An answer is given only after the transaction is durable on disk.</item>
/// </list>
/// </summary>
public interface ILedgerStore
{
    /// <summary>
    /// Writes holder(id, live, seen_until = t + <paramref name="ttl"/>); known and live: renews it. Known and dead: answers not alive.
    /// </summary>
    Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken);

    /// <summary>
    /// seen_until = t + <paramref name="ttl"/> and catalog_seen = max(catalog_seen, <paramref name="catalogSeen"/>) where the holder is
    /// live. No row: the holder is dead. Answers the catalog's version.
    /// </summary>
    Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken);

    /// <summary>Runs the commands of one silo in the order Post, GiveBack, Acquire, in one transaction.</summary>
    Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Holders past seen_until + <paramref name="grace"/> become dead; at most <see cref="LedgerLimits.SweepLeasesMax"/> open leases of
    /// dead holders (oldest ids first) go in doubt: leased -= r, doubt += r, state doubt, doubt_at = t. Closed leases past
    /// <see cref="LedgerLimits.UnusedLeaseKept"/> (settled 0) or <see cref="LedgerLimits.UsedLeaseKept"/> are deleted, a bounded number a run.
    /// </summary>
    Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>
    /// Gives a lease's doubt up for lost and closes it, as Close does. Only in state doubt and past doubt_at + <paramref name="longestCall"/>.
    /// </summary>
    Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken);

    /// <summary>
    /// Books a correction: an entry of kind adjust, cost positive or negative, with its lease (or none). settled += c; the budgets of the
    /// lease's windows: posted += c, col -= r before - r after. Refused where settled would become negative.
    /// </summary>
    Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken);

    /// <summary>
    /// Applies limits and key states in one transaction and answers the catalog's version; it grows by one when anything changed.
    /// Counters (window_start, posted, leased, doubt) are never touched; a new budget begins its first window at t.
    /// </summary>
    Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken);

    /// <summary>The numbers of these budgets as of now (windows that have ended read as empty ones); unknown ids are left out.</summary>
    Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken);
}
