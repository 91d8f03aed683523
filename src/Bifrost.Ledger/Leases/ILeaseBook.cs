using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The silo's credit: one per process, shared by every activation on it. Thread-safe. Leases and holds survive a grain's deactivation
/// because they live here (ledger, in the silo).
/// </summary>
public interface ILeaseBook
{
    /// <summary>
    /// False later than <see cref="LedgerOptions.HolderTtl"/> after the last successful heartbeat was sent, before the first one, once
    /// stopping, and after such a pause until <see cref="TakeCatalog"/> has taken the version that the barrier may have passed meanwhile:
    /// then no call may be admitted, by any credential. Holds check it themselves.
    /// </summary>
    bool MayAdmit { get; }

    /// <summary>The newest catalog version that a heartbeat told; 0 before the first.</summary>
    long CatalogVersion { get; }

    /// <summary>Completes with <see cref="CatalogVersion"/> as soon as it is beyond <paramref name="seen"/>.</summary>
    Task<long> CatalogBeyondAsync(long seen, CancellationToken cancellationToken);

    /// <summary>
    /// Holds credit for one attempt: at once from a lease in hand that pays its need, otherwise after the next batch. There the hold may be less
    /// than the need, down to <see cref="HoldRequest.LeastNanos"/>: then the caller lowers the call's output limit to what it holds. With an
    /// empty chain it holds nothing and answers at once. Repeating an attempt that is held answers the same hold. Cancelling only ends the waiting.
    /// An admitted attempt must be ended by <see cref="PostAsync"/>, with cost 0 if need be: it occupies a slot of the unposted queue.
    /// </summary>
    ValueTask<HoldReply> HoldAsync(HoldRequest request, CancellationToken cancellationToken);

    /// <summary>What is known of the credit of a chain at this moment, without asking the store; allocates nothing.</summary>
    ChainRoom RoomOf(BudgetChain chain);

    /// <summary>
    /// Ends an attempt: its hold is freed and its entry queued. Completes when the entry is durable; never cancelled, never dropped.
    /// An entry whose attempt is not held here (another activation held it, or it was never held) is posted all the same, and a Hold of
    /// that attempt that comes later is refused.
    /// Fails only if the process stops while the store is away.
    /// </summary>
    Task PostAsync(LedgerEntry entry);

    /// <summary>
    /// Says that an attempt which is held here ends on another silo, or may, because the activation that admitted it ends: its entry frees what it
    /// holds, whichever silo posts it, and this silo waits for it no more. An attempt that is not held here: nothing.
    /// </summary>
    void Leave(Guid attemptId);

    /// <summary>
    /// Says that this silo now acts on catalog <paramref name="version"/>: called after the new snapshot was swapped in, at boot too (until
    /// then nothing is admitted). Leases of chains for which <paramref name="stillFits"/> is false are spent no more and given back;
    /// every request that waits for credit, and every later one decided on an older version, is answered <see cref="HoldReply.Stale"/>; the next
    /// heartbeat, sent at once, acknowledges the version.
    /// </summary>
    void TakeCatalog(long version, Func<BudgetChain, bool> stillFits);

    /// <summary>Numbers for health, metrics and the dashboard.</summary>
    LeaseBookStats Stats();
}
