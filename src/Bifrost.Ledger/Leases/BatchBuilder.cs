using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Makes the batches of commands and takes their answers. One batch at a time: the next is made when the last was answered, and a failed
/// one is repeated until it is. At most half a batch is entries, and one place is left for an Acquire. Guarded by the book's lock.
/// </summary>
internal sealed class BatchBuilder(
    LedgerOptions options, HolderGate gate, EntryQueue entries, GiveBackQueue giveBacks, AcquireQueue acquires, CreditWaiters waiters,
    LeaseRegister leases, AcquireReplyHandler acquireReplies)
{
    /// <summary>True when a batch could be made now.</summary>
    public bool HasWork => entries.HasWork || !giveBacks.IsEmpty || acquires.HasWork;

    /// <summary>True when it should not wait for company.</summary>
    public bool IsUrgent => acquires.IsUrgent || entries.IsCrowded || gate.IsStopping;

    /// <summary>The next batch; null when there is nothing to say.</summary>
    public BatchInFlight? Next(TimeSpan now)
    {
        var chunk = entries.Take();
        var room = options.BatchCommandsMax - (chunk?.Entries.Count ?? 0);
        var givenBack = giveBacks.Take(Math.Max(1, room / 2));
        var asked = acquires.Take(Math.Max(1, room - givenBack.Length), waiters, now);
        if (chunk is null && givenBack.IsEmpty && asked.IsEmpty) return null;
        var posts = chunk is null ? [] : chunk.Entries.ToImmutable();
        return new BatchInFlight(chunk, new LedgerBatch { Posts = posts, GiveBacks = givenBack, Acquires = asked });
    }

    /// <summary>
    /// The batch to send after a failure: the same, but Acquires without a waiter become Closes. If one of them reaches the
    /// store after all, before or after, it finds or leaves a closed lease.
    /// </summary>
    public BatchInFlight Repeat(BatchInFlight failed)
    {
        var batch = failed.Batch;
        var givenUp = 0;
        foreach (var acquire in batch.Acquires)
            if (IsGivenUp(acquire)) givenUp++;
        if (givenUp == 0) return failed;
        var kept = ImmutableArray.CreateBuilder<AcquireCommand>(batch.Acquires.Length - givenUp);
        var givenBack = batch.GiveBacks.ToBuilder();
        foreach (var acquire in batch.Acquires)
        {
            if (IsGivenUp(acquire)) givenBack.Add(leases.GiveUp(leases[acquire.LeaseId]));
            else kept.Add(acquire);
        }

        return failed with { Batch = batch with { GiveBacks = givenBack.ToImmutable(), Acquires = kept.MoveToImmutable() } };
    }

    /// <summary>Takes the store's answer. <paramref name="sentAt"/>: just before this delivery of the batch was sent.</summary>
    /// <returns>Entries that the store refuses even in plain form; the caller logs them.</returns>
    public ImmutableArray<LedgerEntry> Done(BatchInFlight answered, LedgerBatchReply reply, TimeSpan sentAt, TimeSpan now)
    {
        var rejected = answered.Chunk is null ? [] : entries.Acknowledge(answered.Chunk, reply.InvalidPosts);
        leases.Acknowledge(answered.Batch.GiveBacks);
        for (var i = 0; i < answered.Batch.Acquires.Length; i++)
            acquireReplies.Take(answered.Batch.Acquires[i], reply.Acquires[i], sentAt, now);
        return rejected;
    }

    private bool IsGivenUp(AcquireCommand acquire) => leases[acquire.LeaseId].Chain.Waiters.Count == 0;
}
