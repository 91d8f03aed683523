using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Ends attempts: each has one entry, however often it is posted; its hold is freed in the same step that queues the entry, and
/// what is freed serves the next waiter of the chain or goes back. Guarded by the book's lock.
/// </summary>
internal sealed class CreditSettlement(
    AttemptIndex attempts, EntryQueue entries, CreditWaiters waiters, LeaseRegister leases, GiveBackQueue giveBacks,
    InvariantWatch invariants)
{
    /// <summary>Frees the hold and queues the entry; the task completes when the entry is durable.</summary>
    public Task Post(LedgerEntry entry, TimeSpan now)
    {
        if (entry.LeaseId == Guid.Empty) entry = entry with { LeaseId = null };
        if (attempts.Find(entry.AttemptId) is { } attempt)
        {
            if (attempt.Phase == AttemptPhase.Posting) return attempt.Chunk!.Done.Task;
            if (attempt.Phase == AttemptPhase.Held) return PostHeld(attempt, entry, now);
            waiters.Answer(attempt, HoldReply.No(Refusals.Ended));
        }

        return entries.Add(attempts.AddEnded(entry.AttemptId), entry);
    }

    private Task PostHeld(Attempt attempt, LedgerEntry entry, TimeSpan now)
    {
        attempts.EndHold(attempt);
        var lease = attempt.Lease;
        if (entry.LeaseId != lease?.Id) entry = entry with { LeaseId = lease?.Id };
        var posted = entries.Add(attempt, entry);
        if (lease is null) return posted;
        lease.Settle(attempt.Nanos, entry.CostNanos, now);
        invariants.NotNegative(Invariant.HeldNotNegative, Math.Min(Math.Min(lease.HeldNanos, lease.Holds), lease.Chain.HeldNanos));
        if (lease.Phase == LeasePhase.Ending)
        {
            giveBacks.Add(lease);
            return posted;
        }

        if (lease.Chain.Waiters.Count > 0) waiters.Serve(lease.Chain, now);
        if (lease.Chain.IsShort(now)) leases.GiveIdleBack(lease);
        return posted;
    }
}
