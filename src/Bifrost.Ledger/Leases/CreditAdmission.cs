using Bifrost.Ledger.Money;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Decides on a call that asks for credit: held at once, refused, or left to wait. A call is admitted only while the holder may admit, on
/// a catalog no older than the one this silo acts on, with a slot for its entry, from a lease of its own chain that pays its whole need, and
/// never past a call of that chain that waits. Guarded by the book's lock.
/// </summary>
internal sealed class CreditAdmission(
    LedgerOptions options, HolderGate gate, AttemptIndex attempts, ChainIndex chains, CreditWaiters waiters, AcquireQueue acquires)
{
    /// <summary>Answers at once, or leaves <paramref name="waiter"/> behind whose answer comes later.</summary>
    public HoldReply Hold(in HoldRequest request, TimeSpan now, out Attempt? waiter)
    {
        waiter = null;
        if (attempts.Find(request.AttemptId) is { } known) return Again(known, out waiter);
        if (gate.IsStopping) return HoldReply.No(Refusals.Stopping);
        if (!gate.MayAdmit(now)) return HoldReply.No(Refusals.Unavailable);
        if (request.CatalogVersion < gate.TakenVersion) return HoldReply.OutOfDate;
        if (attempts.HasEnded(request.AttemptId)) return HoldReply.No(Refusals.Ended);
        if (attempts.IsFull) return HoldReply.No(Refusals.Full);
        if (request.Chain.IsEmpty) return attempts.Admit(new Attempt(request.AttemptId), null, now);

        var chain = chains.Of(request.Chain, now);
        if (chain.Waiters.Count == 0 && chain.Paying(request.NeedNanos, now) is { } lease)
        {
            var reply = attempts.Admit(new Attempt(request.AttemptId) { Nanos = request.NeedNanos }, lease, now);
            acquires.AskAhead(chain, request, now);
            return reply;
        }

        chain.NoteWanted(now);
        if (chain.IsRefused(request.LeastNanos, now, options.RefusalTrust))
            return Refusals.Remembered(chain, request.NeedNanos, request.LeastNanos, now, options.WantSpan);
        if (chain.CapFor(request.LeastNanos, now, options.WantSpan) is { } cap)
            return Refusals.Capped(chain, cap, request.NeedNanos);
        if (chain.Waiters.Count >= options.WaitersPerChainMax) return HoldReply.No(Refusals.Crowded);
        waiter = waiters.Add(chain, request, now);
        return default;
    }

    private static HoldReply Again(Attempt known, out Attempt? waiter)
    {
        waiter = known.Phase == AttemptPhase.Waiting ? known : null;
        return known.Phase == AttemptPhase.Posting
            ? HoldReply.No(Refusals.Ended)
            : new HoldReply(known.Lease?.Id ?? Guid.Empty, known.Nanos, null);
    }
}
