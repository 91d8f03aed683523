using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Calls that wait for credit of their chain. They are admitted in the order they came; each is answered exactly once, and leaves its
/// chain's list and the index of attempts in the same step. A chain with waiters always has an Acquire queued or on its way, except while
/// one is being answered. Guarded by the book's lock.
/// </summary>
internal sealed class CreditWaiters(LedgerOptions options, HolderGate gate, AttemptIndex attempts, AcquireQueue acquires)
{
    public Attempt Add(ChainCredit chain, in HoldRequest request, TimeSpan now)
    {
        var waiter = new Attempt(request.AttemptId)
        {
            Nanos = request.NeedNanos,
            Since = now,
            VirtualKeyId = request.VirtualKeyId,
            Chain = chain,
            Answer = new TaskCompletionSource<HoldReply>(TaskCreationOptions.RunContinuationsAsynchronously),
        };
        attempts.AddWaiting(waiter);
        chain.AddWaiter(waiter);
        acquires.Ask(chain);
        return waiter;
    }

    /// <summary>Ends the waiting of an attempt whose caller left; false when it was answered before.</summary>
    public bool Leave(Attempt waiter)
    {
        if (waiter.Phase != AttemptPhase.Waiting) return false;
        Remove(waiter);
        return true;
    }

    /// <summary>Admits waiters in their order as long as the first of them can be paid, then asks for more.</summary>
    public void Serve(ChainCredit chain, TimeSpan now)
    {
        while (chain.Waiters.First is { } head)
        {
            if (!gate.MayAdmit(now)) Answer(head, HoldReply.No(Refusals.Unavailable));
            else if (attempts.IsFull) Answer(head, HoldReply.No(Refusals.Full));
            else if (chain.Paying(head.Nanos, now) is { } lease) Admit(head, lease, now);
            else break;
        }

        if (chain.Waiters.Count > 0) acquires.Ask(chain);
    }

    /// <summary>Admits the call that a lease was asked for, though the lease's term is over, if the call still waits.</summary>
    public void ServeAsker(Lease lease, TimeSpan now)
    {
        if (lease.AskedFor is not { Phase: AttemptPhase.Waiting } waiter || lease.LeftNanos < waiter.Nanos) return;
        if (gate.MayAdmit(now) && !attempts.IsFull) Admit(waiter, lease, now);
    }

    public void Answer(Attempt waiter, HoldReply reply)
    {
        Remove(waiter);
        waiter.Answer!.SetResult(reply);
    }

    public void AnswerAll(ChainCredit chain, HoldReply reply)
    {
        while (chain.Waiters.First is { } waiter) Answer(waiter, reply);
    }

    /// <summary>Answers the waiters of one key.</summary>
    public void AnswerKey(ChainCredit chain, string virtualKeyId, HoldReply reply)
    {
        for (var waiter = chain.Waiters.First; waiter is not null;)
        {
            var next = waiter.Next;
            if (waiter.VirtualKeyId == virtualKeyId) Answer(waiter, reply);
            waiter = next;
        }
    }

    /// <summary>Refuses the waiters that need as much as was refused.</summary>
    public void Refuse(ChainCredit chain, AcquireRefused refused, long needNanos)
    {
        for (var waiter = chain.Waiters.First; waiter is not null;)
        {
            var next = waiter.Next;
            if (waiter.Nanos >= needNanos) Answer(waiter, HoldReply.No(Refusals.TooLittle(chain.Chain, refused.Budgets, waiter.Nanos)));
            waiter = next;
        }
    }

    /// <summary>Refuses the waiters that have waited as long as a call may.</summary>
    public void RefuseOverdue(ChainCredit chain, TimeSpan now)
    {
        while (chain.Waiters.First is { } head && now - head.Since >= options.HoldWaitMax)
            Answer(head, HoldReply.No(Refusals.Unavailable));
    }

    private void Admit(Attempt waiter, Lease lease, TimeSpan now)
    {
        Remove(waiter);
        waiter.Answer!.SetResult(attempts.Admit(waiter, lease, now));
    }

    private void Remove(Attempt waiter)
    {
        waiter.Chain!.RemoveWaiter(waiter);
        attempts.RemoveWaiting(waiter);
    }
}
