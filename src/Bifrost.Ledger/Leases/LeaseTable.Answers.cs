using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

internal sealed partial class LeaseTable
{
    /// <summary>Takes the store's answer. <paramref name="sentAt"/>: when this delivery of the batch was sent, before anything else.</summary>
    /// <returns>Entries that the store refuses even in plain form; the caller logs them.</returns>
    public ImmutableArray<LedgerEntry> Done(BatchInFlight batch, LedgerBatchReply reply, TimeSpan sentAt, TimeSpan now)
    {
        var rejected = batch.Chunk is null ? [] : Posted(batch.Chunk, reply.InvalidPosts);
        foreach (var giveBack in batch.Batch.GiveBacks)
            if (_leases.TryGetValue(giveBack.LeaseId, out var lease) && EndsWith(giveBack, lease)) _leases.Remove(lease.Id);
        for (var i = 0; i < batch.Batch.Acquires.Length; i++)
        {
            var lease = _leases[batch.Batch.Acquires[i].LeaseId];
            lease.Chain.Asked = null;
            Answered(lease, batch.Batch.Acquires[i], reply.Acquires[i], sentAt, now);
        }

        return rejected;
    }

    private static bool EndsWith(GiveBack giveBack, Lease lease) =>
        lease.Phase == LeasePhase.Closing
        && (giveBack.Kind == GiveBackKind.Close || (giveBack.Kind == GiveBackKind.Trim && lease.Lost));

    private void Answered(Lease lease, AcquireCommand asked, AcquireReply reply, TimeSpan sentAt, TimeSpan now)
    {
        var chain = lease.Chain;
        switch (reply)
        {
            case LeaseGranted granted:
                chain.GaveBack = false;
                lease.GrantedNanos = granted.GrantedNanos;
                lease.SettledNanos = granted.SettledNanos;
                lease.SpendUntil = sentAt + granted.SpendFor;
                lease.UsedAt = now;
                lease.Phase = LeasePhase.Open;
                chain.Open.Add(lease);
                if (lease.HolderId != gate.HolderId || chain.Dropped || _stopping) End(lease);
                else Spend(lease, now);
                break;
            case LeaseNotOpen:
                lease.Phase = LeasePhase.Ending;
                QueueGiveBack(lease);
                break;
            case AcquireRefused refused:
                _leases.Remove(lease.Id);
                Refused(lease, asked, refused, now);
                break;
        }

        if (chain.Dropped) AnswerAll(chain, HoldReply.OutOfDate);
        Serve(chain, now);
    }

    /// <summary>An answer that comes late still admits the caller it was asked for, and only that one.</summary>
    private void Spend(Lease lease, TimeSpan now)
    {
        if (now < lease.SpendUntil) return;
        if (lease.AskedFor is { Phase: AttemptPhase.Waiting } waiter && gate.MayAdmit(now) && !IsFull && lease.LeftNanos >= waiter.Nanos)
            AdmitWaiter(waiter, lease, now);
        End(lease);
    }

    private void Refused(Lease lease, AcquireCommand asked, AcquireRefused refused, TimeSpan now)
    {
        var chain = lease.Chain;
        switch (refused.Reason)
        {
            case AcquireRefusal.HolderDead:
                if (lease.HolderId == gate.HolderId) LoseHolder();
                break;
            case AcquireRefusal.KeyInactive:
                AnswerWhere(chain, HoldReply.No(Refusals.Inactive), w => w.VirtualKeyId == asked.VirtualKeyId);
                break;
            case AcquireRefusal.TooLittle:
                chain.AheadFrom = now + options.RefusalMemory;
                NoteShortage(refused, asked.NeedNanos, now);
                if (chain.Waiters.Count == 0) break;
                if (!chain.GaveBack && GiveUnheldBack(chain, refused, asked.NeedNanos, now)) chain.GaveBack = true;
                else RefuseWaiters(chain, asked.NeedNanos, refused, now);
                break;
            default:
                AnswerAll(chain, HoldReply.No(Refusals.Changing));
                break;
        }
    }

    private void RefuseWaiters(ChainCredit chain, long needNanos, AcquireRefused refused, TimeSpan now)
    {
        chain.GaveBack = false;
        chain.Refused = refused;
        chain.RefusedNeedNanos = needNanos;
        chain.RefusedUntil = now + options.RefusalMemory;
        for (var waiter = chain.Waiters.First; waiter is not null;)
        {
            var next = waiter.Next;
            if (waiter.Nanos >= needNanos) Answer(waiter, HoldReply.No(Refusals.TooLittle(chain.Chain, refused.Budgets, waiter.Nanos)));
            waiter = next;
        }
    }

    /// <summary>
    /// Marks the budgets that are short, so that no credit lies idle on them meanwhile. A call that would not fit were all credit given back marks
    /// none: it is no sign that anybody else's would not.
    /// </summary>
    private void NoteShortage(AcquireRefused refused, long needNanos, TimeSpan now)
    {
        foreach (var budget in refused.Budgets)
            if (budget.LeftNanos < needNanos) return;
        foreach (var budget in refused.Budgets)
            if (budget.FreeNanos < needNanos && _budgets.Of(budget.BudgetId) is { } use) use.ShortUntil = now + options.WantSpan;
    }

    /// <summary>
    /// Gives back this silo's own unheld credit on the budgets that are short: the chain's own at any time, that of other chains at most
    /// once in a refusal's memory, since there may be very many. False when there was none, now or just before.
    /// </summary>
    private bool GiveUnheldBack(ChainCredit refusedChain, AcquireRefused refused, long needNanos, TimeSpan now)
    {
        var found = GiveUnheldBack(refusedChain);
        foreach (var budget in refused.Budgets)
        {
            if (budget.FreeNanos >= needNanos || _budgets.Of(budget.BudgetId) is not { } use) continue;
            if (use.TrimmedAt > now - options.RefusalMemory)
            {
                found = true;
                continue;
            }

            var others = false;
            foreach (var chain in use.Chains) others |= GiveUnheldBack(chain);
            if (!others) continue;
            use.TrimmedAt = now;
            found = true;
        }

        return found;
    }

    private bool GiveUnheldBack(ChainCredit chain)
    {
        var found = false;
        foreach (var lease in chain.Open)
        {
            if (lease.LeftNanos <= 0) continue;
            QueueGiveBack(lease);
            found = true;
        }

        return found;
    }

    private void AnswerAll(ChainCredit chain, HoldReply reply)
    {
        while (chain.Waiters.First is { } waiter) Answer(waiter, reply);
    }

    private void AnswerWhere(ChainCredit chain, HoldReply reply, Predicate<Attempt> which)
    {
        for (var waiter = chain.Waiters.First; waiter is not null;)
        {
            var next = waiter.Next;
            if (which(waiter)) Answer(waiter, reply);
            waiter = next;
        }
    }

    private ImmutableArray<LedgerEntry> Posted(PostChunk chunk, ImmutableArray<InvalidPost> invalid)
    {
        PostChunk? plain = null;
        ImmutableArray<LedgerEntry>.Builder? rejected = null;
        for (var i = 0; i < chunk.Entries.Count; i++)
        {
            var entry = chunk.Entries[i];
            var attempt = _attempts[entry.AttemptId];
            if (!IsInvalid(invalid, i))
            {
                Forget(attempt);
                if (attempt.Lease is { Phase: LeasePhase.Ending, Holds: 0, Unposted: 0 } lease) QueueGiveBack(lease);
            }
            else if (!chunk.Plain)
            {
                plain ??= new PostChunk { Plain = true, Origin = chunk };
                plain.Entries.Add(PlainEntry.Of(entry));
                attempt.Chunk = plain;
            }
            else
            {
                (rejected ??= ImmutableArray.CreateBuilder<LedgerEntry>()).Add(entry);
                Reject(attempt, entry.CostNanos);
            }
        }

        if (plain is not null) _chunks.Enqueue(plain);
        else chunk.Complete(rejected is null);
        return rejected is null ? [] : rejected.ToImmutable();
    }

    private static bool IsInvalid(ImmutableArray<InvalidPost> invalid, int index)
    {
        foreach (var post in invalid)
            if (post.Index == index) return true;
        return false;
    }

    private void Forget(Attempt posted)
    {
        _attempts.Remove(posted.Id);
        _unposted--;
        if (posted.Lease is { } lease) lease.Unposted--;
    }

    /// <summary>The store will never hold this entry: what it cost stays in doubt.</summary>
    private void Reject(Attempt attempt, long costNanos)
    {
        Forget(attempt);
        if (attempt.Lease is not { } lease) return;
        lease.SettledNanos -= costNanos;
        lease.HeldNanos += costNanos;
        Lose(lease);
    }
}
