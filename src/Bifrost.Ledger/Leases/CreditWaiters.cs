using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Calls that wait for credit of their chain. They are admitted in the order they came, each with its whole need, except the one that a
/// lease was asked for: it may be held at less, down to its least. Each is answered exactly once, and leaves its chain's list and the index
/// of attempts in the same step. A chain with waiters always has an Acquire queued or on its way, except while one is being answered.
/// Guarded by the book's lock.
/// </summary>
internal sealed class CreditWaiters(LedgerOptions options, HolderGate gate, AttemptIndex attempts, AcquireQueue acquires)
{
    public Attempt Add(ChainCredit chain, in HoldRequest request, TimeSpan now)
    {
        var waiter = new Attempt(request.AttemptId)
        {
            Nanos = request.NeedNanos,
            LeastNanos = request.LeastNanos,
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
            else if (chain.Paying(head.Nanos, now) is { } lease) Admit(head, lease, head.Nanos, now);
            else break;
        }

        if (chain.Waiters.Count > 0) acquires.Ask(chain);
    }

    /// <summary>
    /// Admits the call that a lease was asked for, if the call still waits, with what the lease can pay of its need, also when the lease's
    /// term is over.
    /// </summary>
    public void ServeAsker(Lease lease, TimeSpan now)
    {
        if (lease.AskedFor is not { Phase: AttemptPhase.Waiting } waiter || lease.LeftNanos < waiter.LeastNanos) return;
        if (gate.MayAdmit(now) && !attempts.IsFull) Admit(waiter, lease, Math.Min(waiter.Nanos, lease.LeftNanos), now);
    }

    /// <summary>Refuses waiters as long as the first of them would bring its chain beyond its part of a budget that others share.</summary>
    public void RefuseCapped(ChainCredit chain, TimeSpan now)
    {
        while (chain.Waiters.First is { } head && chain.CapFor(head.LeastNanos, now, options.WantSpan) is { } cap)
            Answer(head, Refusals.Capped(chain, cap, head.Nanos));
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

    /// <summary>Refuses the waiters that need as much at least as was refused.</summary>
    public void Refuse(ChainCredit chain, AcquireRefused refused, long leastNanos)
    {
        for (var waiter = chain.Waiters.First; waiter is not null;)
        {
            var next = waiter.Next;
            if (waiter.LeastNanos >= leastNanos)
                Answer(waiter, Refusals.TooLittle(chain.Chain, refused.Budgets, waiter.Nanos, waiter.LeastNanos));
            waiter = next;
        }
    }

    /// <summary>Refuses the waiters that have waited as long as a call may.</summary>
    public void RefuseOverdue(ChainCredit chain, TimeSpan now)
    {
        while (chain.Waiters.First is { } head && now - head.Since >= options.HoldWaitMax)
            Answer(head, HoldReply.No(Refusals.Unavailable));
    }

    private void Admit(Attempt waiter, Lease lease, long holdNanos, TimeSpan now)
    {
        Remove(waiter);
        waiter.Nanos = holdNanos;
        waiter.Answer!.SetResult(attempts.Admit(waiter, lease, now));
    }

    private void Remove(Attempt waiter)
    {
        waiter.Chain!.RemoveWaiter(waiter);
        attempts.RemoveWaiting(waiter);
    }
}
