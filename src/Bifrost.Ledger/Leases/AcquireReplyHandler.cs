using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Takes the store's answers to Acquires. A grant is spent only while the holder it was asked for is in use, its chain fits the catalog and
/// the silo runs; past its term, only by the call it was asked for. Waiters are refused for lack of credit only after this silo has given
/// back its own unheld credit on the budgets that are short. Guarded by the book's lock.
/// </summary>
internal sealed class AcquireReplyHandler(
    LedgerOptions options, HolderGate gate, LeaseRegister leases, BudgetIndex budgets, CreditWaiters waiters, LeaseEnds ends,
    InvariantWatch invariants)
{
    public void Take(AcquireCommand asked, AcquireReply reply, TimeSpan sentAt, TimeSpan now)
    {
        var lease = leases[asked.LeaseId];
        var chain = lease.Chain;
        chain.Asked = null;
        switch (reply)
        {
            case LeaseGranted granted:
                chain.GaveBack = false;
                leases.Open(lease, granted, sentAt + granted.SpendFor, now);
                budgets.Tell(granted.Budgets, now);

                // As they were before the grant; a repeated grant comes without them.
                foreach (var budget in granted.Budgets) invariants.AtMost(Invariant.GrantWithinLimit, granted.GrantedNanos, budget.FreeNanos);
                if (lease.HolderId != gate.HolderId || chain.Dropped || gate.IsStopping) leases.End(lease);
                else Spend(lease, now);
                break;
            case LeaseNotOpen:
                leases.EndUnopened(lease);
                break;
            case AcquireRefused refused:
                leases.Remove(lease);
                Refused(lease, asked, refused, now);
                break;
        }

        if (chain.Dropped) waiters.AnswerAll(chain, HoldReply.OutOfDate);
        waiters.Serve(chain, now);
        if (IsLeftOver(lease, asked)) leases.End(lease);
    }

    /// <summary>Admits the call that the lease was asked for; an answer that comes late admits only that one.</summary>
    private void Spend(Lease lease, TimeSpan now)
    {
        waiters.ServeAsker(lease, now);
        if (now >= lease.SpendUntil) leases.End(lease);
    }

    /// <summary>
    /// True when the store granted less than the need and no call holds it: the one that would have done with less has left, and near a limit
    /// nothing lies idle.
    /// </summary>
    private static bool IsLeftOver(Lease lease, AcquireCommand asked) =>
        lease is { Phase: LeasePhase.Open, Holds: 0 } && lease.GrantedNanos < asked.NeedNanos;

    private void Refused(Lease lease, AcquireCommand asked, AcquireRefused refused, TimeSpan now)
    {
        var chain = lease.Chain;
        switch (refused.Reason)
        {
            case AcquireRefusal.HolderDead:
                if (lease.HolderId == gate.HolderId) ends.LoseHolder();
                break;
            case AcquireRefusal.KeyInactive:
                waiters.AnswerKey(chain, asked.VirtualKeyId, HoldReply.No(Refusals.Inactive));
                break;
            case AcquireRefusal.TooLittle:
                TooLittle(chain, refused, asked.LeastNanos, now);
                break;
            default:
                waiters.AnswerAll(chain, HoldReply.No(Refusals.Changing));
                break;
        }
    }

    private void TooLittle(ChainCredit chain, AcquireRefused refused, long leastNanos, TimeSpan now)
    {
        chain.AheadFrom = now + options.RefusalMemory;
        budgets.Tell(refused.Budgets, now);
        budgets.NoteShortage(refused, leastNanos, now);
        if (chain.Waiters.Count == 0) return;
        if (!chain.GaveBack && budgets.GiveUnheldBack(chain, refused, leastNanos, now))
        {
            chain.GaveBack = true;
            return;
        }

        chain.GaveBack = false;
        budgets.Remember(refused, leastNanos, now);
        waiters.Refuse(chain, refused, leastNanos);
    }
}
