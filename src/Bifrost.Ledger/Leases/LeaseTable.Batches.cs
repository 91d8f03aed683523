using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

internal sealed partial class LeaseTable
{
    private readonly Queue<PostChunk> _chunks = new();
    private readonly Queue<Lease> _giveBacks = new();
    private readonly Queue<ChainCredit> _asks = new();
    private PostChunk? _open;
    private int _unposted;
    private int _urgent;

    /// <summary>Half of a batch is for entries, so that a flood of them never starves those who wait for credit.</summary>
    private int EntriesPerBatch => Math.Max(1, options.BatchCommandsMax / 2);

    /// <summary>True when a batch could be made now.</summary>
    public bool HasWork => _chunks.Count > 0 || _giveBacks.Count > 0 || CanAsk;

    /// <summary>True when it should not wait for company.</summary>
    public bool IsUrgent => (_urgent > 0 && CanAsk) || _chunks.Count > 1 || _stopping;

    private bool CanAsk => _asks.Count > 0 && gate.Registered;

    /// <summary>The next batch; null when there is nothing to say. One at a time: the next is made when this one was answered.</summary>
    public BatchInFlight? NextBatch(TimeSpan now)
    {
        var chunk = TakeChunk();
        var room = options.BatchCommandsMax - (chunk?.Entries.Count ?? 0);
        var giveBacks = TakeGiveBacks(Math.Max(1, room / 2));
        var acquires = TakeAcquires(Math.Max(1, room - giveBacks.Length), now);
        if (chunk is null && giveBacks.IsEmpty && acquires.IsEmpty) return null;
        var posts = chunk is null ? [] : chunk.Entries.ToImmutable();
        return new BatchInFlight(chunk, new LedgerBatch { Posts = posts, GiveBacks = giveBacks, Acquires = acquires });
    }

    /// <summary>
    /// The batch to send after a failure: the same, but Acquires that nobody waits for any more become Closes. If one of them reaches the
    /// store after all, before or after, it finds or leaves a closed lease.
    /// </summary>
    public BatchInFlight Repeat(BatchInFlight failed)
    {
        var batch = failed.Batch;
        var givenUp = 0;
        foreach (var acquire in batch.Acquires)
            if (IsGivenUp(acquire)) givenUp++;
        if (givenUp == 0) return failed;
        var acquires = ImmutableArray.CreateBuilder<AcquireCommand>(batch.Acquires.Length - givenUp);
        var giveBacks = batch.GiveBacks.ToBuilder();
        foreach (var acquire in batch.Acquires)
        {
            if (!IsGivenUp(acquire))
            {
                acquires.Add(acquire);
                continue;
            }

            var lease = _leases[acquire.LeaseId];
            lease.Chain.Asked = null;
            lease.Phase = LeasePhase.Closing;
            giveBacks.Add(GiveBack.Close(lease.Id));
        }

        return failed with { Batch = batch with { GiveBacks = giveBacks.ToImmutable(), Acquires = acquires.MoveToImmutable() } };
    }

    private bool IsGivenUp(AcquireCommand acquire) => _leases[acquire.LeaseId].Chain.Waiters.Count == 0;

    private Task Queue(Attempt attempt, LedgerEntry entry)
    {
        if (_open is null || _open.Entries.Count >= EntriesPerBatch) _chunks.Enqueue(_open = new PostChunk());
        _open.Entries.Add(entry);
        _unposted++;
        attempt.Phase = AttemptPhase.Posting;
        attempt.Chunk = _open;
        return _open.Done.Task;
    }

    private PostChunk? TakeChunk()
    {
        if (!_chunks.TryDequeue(out var chunk)) return null;
        if (chunk == _open) _open = null;
        return chunk;
    }

    private void QueueGiveBack(Lease lease)
    {
        if (lease.Queued) return;
        lease.Queued = true;
        _giveBacks.Enqueue(lease);
    }

    private ImmutableArray<GiveBack> TakeGiveBacks(int max)
    {
        if (_giveBacks.Count == 0) return [];
        var taken = ImmutableArray.CreateBuilder<GiveBack>();
        for (var left = _giveBacks.Count; left > 0 && taken.Count < max; left--)
        {
            var lease = _giveBacks.Dequeue();
            lease.Queued = false;
            if (Decide(lease) is { } giveBack) taken.Add(giveBack);
        }

        return taken.ToImmutable();
    }

    /// <summary>What the store should be told of the lease now; null when there is nothing new.</summary>
    private GiveBack? Decide(Lease lease)
    {
        if (lease.Phase is LeasePhase.Closing or LeasePhase.Asked) return null;
        if (lease.DoubtDue)
        {
            lease.DoubtDue = false;
            QueueGiveBack(lease);
            return GiveBack.Doubt(lease.Id);
        }

        if (lease.Phase == LeasePhase.Ending && lease.Holds == 0 && lease.Unposted == 0)
        {
            lease.Phase = LeasePhase.Closing;

            // What a lost hold may still cost stays in doubt; only the rest is given back.
            return lease.Lost ? GiveBack.Trim(lease.Id, lease.SettledNanos + lease.HeldNanos) : GiveBack.Close(lease.Id);
        }

        var keep = lease.SettledNanos + lease.HeldNanos;
        if (keep >= lease.GrantedNanos) return null;
        lease.GrantedNanos = keep;
        return GiveBack.Trim(lease.Id, keep);
    }

    private void Ask(ChainCredit chain)
    {
        if (chain.Asked is not null) return;
        if (!chain.AskQueued)
        {
            chain.AskQueued = true;
            _asks.Enqueue(chain);
        }

        if (chain.AskUrgent || chain.Waiters.Count == 0) return;
        chain.AskUrgent = true;
        _urgent++;
    }

    /// <summary>Asks for the next lease while the one in hand still pays, where calls come often enough to use it.</summary>
    private void AskAhead(ChainCredit chain, in HoldRequest request, TimeSpan now)
    {
        if (chain.Asked is not null || chain.AskQueued || now < chain.AheadFrom || chain.IsShort(now)) return;
        if (chain.Meter.Calls(now, options.WantSpan) < AheadCallsMin) return;
        if (chain.Paying(request.NeedNanos, now + AheadTime) is not null) return;
        chain.AheadKeyId = request.VirtualKeyId;
        chain.AheadNanos = request.NeedNanos;
        Ask(chain);
    }

    private const int AheadCallsMin = 4;
    private static readonly TimeSpan AheadTime = TimeSpan.FromSeconds(1);

    private ImmutableArray<AcquireCommand> TakeAcquires(int max, TimeSpan now)
    {
        if (!CanAsk) return [];
        var taken = ImmutableArray.CreateBuilder<AcquireCommand>();
        while (taken.Count < max && _asks.TryDequeue(out var chain))
        {
            chain.AskQueued = false;
            if (chain.AskUrgent) _urgent--;
            chain.AskUrgent = false;
            var head = chain.Waiters.First;
            if (chain.Dropped || (head is null && chain.AheadKeyId is null)) continue;
            var need = head?.Nanos ?? chain.AheadNanos;
            var spent = chain.IsShort(now) ? 0 : chain.Meter.Nanos(now, options.WantSpan);
            var lease = new Lease(newId(), gate.HolderId, chain) { AskedFor = head };
            _leases.Add(lease.Id, lease);
            chain.Asked = lease;
            taken.Add(new AcquireCommand
            {
                LeaseId = lease.Id,
                HolderId = lease.HolderId,
                VirtualKeyId = head?.VirtualKeyId ?? chain.AheadKeyId!,
                BudgetIds = chain.Chain.Ids,
                NeedNanos = need,
                WantNanos = Math.Min(Nanos.Max, Math.Max(need, Math.Max(spent, chain.WaitingNanos))),
            });
            chain.AheadKeyId = null;
        }

        return taken.ToImmutable();
    }
}
