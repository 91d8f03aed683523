using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Takes the store's answers to Acquires. A grant is spent only while the holder it was asked for is in use, its chain fits the catalog and
/// the silo runs; past its term, only by the call it was asked for. Waiters are refused for lack of credit only after this silo has given
/// back its own unheld credit on the budgets that are short. Guarded by the book's lock.
/// </summary>
internal sealed class AcquireReplyHandler(
    LedgerOptions options, HolderGate gate, LeaseRegister leases, BudgetIndex budgets, CreditWaiters waiters, LeaseEnds ends)
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
                if (lease.HolderId != gate.HolderId || chain.Dropped || gate.IsStopping) leases.End(lease);
                else if (now >= lease.SpendUntil) SpendLate(lease, now);
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
    }

    /// <summary>An answer that comes late still admits the caller it was asked for, and only that one.</summary>
    private void SpendLate(Lease lease, TimeSpan now)
    {
        waiters.ServeAsker(lease, now);
        leases.End(lease);
    }

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
                TooLittle(chain, refused, asked.NeedNanos, now);
                break;
            default:
                waiters.AnswerAll(chain, HoldReply.No(Refusals.Changing));
                break;
        }
    }

    private void TooLittle(ChainCredit chain, AcquireRefused refused, long needNanos, TimeSpan now)
    {
        chain.AheadFrom = now + options.RefusalMemory;
        budgets.NoteShortage(refused, needNanos, now);
        if (chain.Waiters.Count == 0) return;
        if (!chain.GaveBack && budgets.GiveUnheldBack(chain, refused, needNanos, now))
        {
            chain.GaveBack = true;
            return;
        }

        chain.GaveBack = false;
        chain.Remember(refused, needNanos, now + options.RefusalMemory);
        waiters.Refuse(chain, refused, needNanos);
    }
}
