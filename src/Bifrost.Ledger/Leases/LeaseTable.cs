using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The rules of the silo's credit: which attempt is held by which lease, who waits, what the next batch says. Pure: no I/O, no clock, no
/// lock of its own; <see cref="LeaseBook"/> calls it under its lock and tells it the time. The parts: this file holds and ends attempts,
/// the others make batches, take answers, and end leases.
/// </summary>
internal sealed partial class LeaseTable(LedgerOptions options, HolderGate gate, Func<Guid> newId)
{
    private readonly Dictionary<Guid, Attempt> _attempts = [];
    private readonly Dictionary<Guid, Lease> _leases = [];
    private readonly Dictionary<BudgetChain, ChainCredit> _chains = [];
    private readonly BudgetIndex _budgets = new();
    private readonly AttemptList _holds = new();
    private readonly Tombstones _ended = new(options.TombstonesMax);
    private int _waiting;
    private bool _stopping;

    /// <summary>Answers at once, or leaves <paramref name="waiter"/> behind whose answer comes later.</summary>
    public HoldReply Hold(in HoldRequest request, TimeSpan now, out Attempt? waiter)
    {
        waiter = null;
        if (_attempts.TryGetValue(request.AttemptId, out var known)) return Again(known, out waiter);
        if (_stopping) return HoldReply.No(Refusals.Stopping);
        if (!gate.MayAdmit(now)) return HoldReply.No(Refusals.Unavailable);
        if (request.CatalogVersion < gate.TakenVersion) return HoldReply.OutOfDate;
        if (_ended.Contains(request.AttemptId)) return HoldReply.No(Refusals.Ended);
        if (IsFull) return HoldReply.No(Refusals.Full);
        if (request.Chain.IsEmpty)
        {
            var free = new Attempt(request.AttemptId);
            _attempts.Add(free.Id, free);
            return Admit(free, null, now);
        }

        var chain = CreditOf(request.Chain);
        if (chain.Waiters.Count == 0 && chain.Paying(request.NeedNanos, now) is { } lease)
        {
            var attempt = new Attempt(request.AttemptId) { Nanos = request.NeedNanos };
            _attempts.Add(attempt.Id, attempt);
            var reply = Admit(attempt, lease, now);
            AskAhead(chain, request, now);
            return reply;
        }

        if (chain.Remembers(request.NeedNanos, now))
            return HoldReply.No(Refusals.TooLittle(chain.Chain, chain.Refused!.Budgets, request.NeedNanos));
        if (chain.Waiters.Count >= options.WaitersPerChainMax) return HoldReply.No(Refusals.Crowded);
        waiter = Wait(chain, request, now);
        return default;
    }

    /// <summary>Ends the waiting of an attempt whose caller left; false when it was answered before.</summary>
    public bool Leave(Attempt waiter)
    {
        if (waiter.Phase != AttemptPhase.Waiting) return false;
        Unwait(waiter);
        return true;
    }

    /// <summary>Frees the hold and queues the entry; the task completes when the entry is durable.</summary>
    public Task Post(LedgerEntry entry, TimeSpan now)
    {
        if (entry.LeaseId == Guid.Empty) entry = entry with { LeaseId = null };
        if (_attempts.TryGetValue(entry.AttemptId, out var attempt))
        {
            if (attempt.Phase == AttemptPhase.Posting) return attempt.Chunk!.Done.Task;
            if (attempt.Phase == AttemptPhase.Held) return PostHeld(attempt, entry, now);
            Answer(attempt, HoldReply.No(Refusals.Ended));
        }

        // Held elsewhere, or never: the store counts it, and a late Hold of it must not be admitted.
        _ended.Add(entry.AttemptId);
        attempt = new Attempt(entry.AttemptId);
        _attempts.Add(attempt.Id, attempt);
        return Queue(attempt, entry);
    }

    private bool IsFull => _attempts.Count - _waiting >= options.UnpostedMax;

    private Task PostHeld(Attempt attempt, LedgerEntry entry, TimeSpan now)
    {
        _holds.Remove(attempt);
        var lease = attempt.Lease;
        if (entry.LeaseId != lease?.Id) entry = entry with { LeaseId = lease?.Id };
        var posted = Queue(attempt, entry);
        if (lease is null) return posted;
        lease.HeldNanos -= attempt.Nanos;
        lease.Holds--;
        lease.UsedAt = now;
        lease.SettledNanos += entry.CostNanos;
        lease.Unposted++;
        lease.Chain.Meter.Add(now, options.WantSpan, entry.CostNanos, 0);
        if (lease.Phase == LeasePhase.Ending)
        {
            QueueGiveBack(lease);
            return posted;
        }

        if (lease.Chain.Waiters.Count > 0) Serve(lease.Chain, now);
        if (lease.Chain.IsShort(now)) GiveIdleBack(lease);
        return posted;
    }

    private static HoldReply Again(Attempt known, out Attempt? waiter)
    {
        waiter = known.Phase == AttemptPhase.Waiting ? known : null;
        return known.Phase == AttemptPhase.Posting
            ? HoldReply.No(Refusals.Ended)
            : new HoldReply(known.Lease?.Id ?? Guid.Empty, known.Nanos, null);
    }

    private HoldReply Admit(Attempt attempt, Lease? lease, TimeSpan now)
    {
        attempt.Phase = AttemptPhase.Held;
        attempt.Lease = lease;
        attempt.Since = now;
        _holds.Add(attempt);
        if (lease is null) return new HoldReply(Guid.Empty, 0, null);
        lease.HeldNanos += attempt.Nanos;
        lease.Holds++;
        lease.UsedAt = now;
        lease.Chain.Meter.Add(now, options.WantSpan, 0, 1);
        return new HoldReply(lease.Id, attempt.Nanos, null);
    }

    private Attempt Wait(ChainCredit chain, in HoldRequest request, TimeSpan now)
    {
        var waiter = new Attempt(request.AttemptId)
        {
            Nanos = request.NeedNanos,
            Since = now,
            VirtualKeyId = request.VirtualKeyId,
            Chain = chain,
            Answer = new TaskCompletionSource<HoldReply>(TaskCreationOptions.RunContinuationsAsynchronously),
        };
        _attempts.Add(waiter.Id, waiter);
        chain.Waiters.Add(waiter);
        chain.WaitingNanos += waiter.Nanos;
        _waiting++;
        Ask(chain);
        return waiter;
    }

    /// <summary>Admits waiters in their order as long as the first of them can be paid, then asks for more.</summary>
    private void Serve(ChainCredit chain, TimeSpan now)
    {
        while (chain.Waiters.First is { } head)
        {
            if (!gate.MayAdmit(now)) Answer(head, HoldReply.No(Refusals.Unavailable));
            else if (IsFull) Answer(head, HoldReply.No(Refusals.Full));
            else if (chain.Paying(head.Nanos, now) is { } lease) AdmitWaiter(head, lease, now);
            else break;
        }

        if (chain.Waiters.Count > 0) Ask(chain);
    }

    private void AdmitWaiter(Attempt waiter, Lease lease, TimeSpan now)
    {
        Unwait(waiter);
        _attempts.Add(waiter.Id, waiter);
        waiter.Answer!.SetResult(Admit(waiter, lease, now));
    }

    private void Answer(Attempt waiter, HoldReply reply)
    {
        Unwait(waiter);
        waiter.Answer!.SetResult(reply);
    }

    private void Unwait(Attempt waiter)
    {
        var chain = waiter.Chain!;
        chain.Waiters.Remove(waiter);
        chain.WaitingNanos -= waiter.Nanos;
        _waiting--;
        _attempts.Remove(waiter.Id);
        waiter.Phase = AttemptPhase.Gone;
    }

    private ChainCredit CreditOf(BudgetChain chain)
    {
        if (_chains.TryGetValue(chain, out var credit)) return credit;
        credit = new ChainCredit(chain);
        _chains.Add(chain, credit);
        _budgets.Add(credit);
        return credit;
    }

    private void Forget(ChainCredit credit)
    {
        _chains.Remove(credit.Chain);
        _budgets.Remove(credit);
    }
}
