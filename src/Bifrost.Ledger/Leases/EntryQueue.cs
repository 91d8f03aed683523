using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Entries that are not durable yet, in the order their attempts ended. An entry leaves only when the store has it, or refuses it even in
/// plain form: then its cost goes in doubt. Guarded by the book's lock.
/// </summary>
internal sealed class EntryQueue(
    LedgerOptions options, AttemptIndex attempts, LeaseRegister leases, GiveBackQueue giveBacks, InvariantWatch invariants)
{
    private readonly Queue<PostChunk> _chunks = new();

    /// <summary>The youngest chunk, while it takes entries.</summary>
    private PostChunk? _open;

    /// <summary>Sum of what they cost.</summary>
    private long _costNanos;

    /// <summary>Entries in the queue, or in a batch that has no answer yet.</summary>
    public int Count { get; private set; }

    public bool HasWork => _chunks.Count > 0;

    /// <summary>True when more than one batch's share waits.</summary>
    public bool IsCrowded => _chunks.Count > 1;

    /// <summary>Half of a batch is for entries, so that a flood of them never starves those who wait for credit.</summary>
    private int EntriesPerBatch => Math.Max(1, options.BatchCommandsMax / 2);

    /// <summary>Queues the entry of an attempt that ended; the task completes when the entry is durable.</summary>
    public Task Add(Attempt attempt, LedgerEntry entry)
    {
        if (_open is null || _open.Entries.Count >= EntriesPerBatch) _chunks.Enqueue(_open = new PostChunk());
        _open.Entries.Add(entry);
        if (LedgerTraces.Current is { } call) _open.Trace(call);
        Count++;
        _costNanos += entry.CostNanos;
        attempt.Phase = AttemptPhase.Posting;
        attempt.Chunk = _open;
        return _open.Done.Task;
    }

    /// <summary>The entries of the next batch; null when there are none.</summary>
    public PostChunk? Take()
    {
        if (!_chunks.TryDequeue(out var chunk)) return null;
        if (chunk == _open) _open = null;
        return chunk;
    }

    /// <summary>Takes the store's answer: what it refused is queued again in plain form.</summary>
    /// <returns>Entries that the store refuses even in plain form.</returns>
    public ImmutableArray<LedgerEntry> Acknowledge(PostChunk chunk, ImmutableArray<InvalidPost> invalid)
    {
        PostChunk? plain = null;
        ImmutableArray<LedgerEntry>.Builder? rejected = null;
        for (var i = 0; i < chunk.Entries.Count; i++)
        {
            var entry = chunk.Entries[i];
            var attempt = attempts.Find(entry.AttemptId)!;
            if (!IsInvalid(invalid, i))
            {
                Remove(attempt, entry.CostNanos);
                if (attempt.Lease is { Phase: LeasePhase.Ending, IsQuiet: true } lease) giveBacks.Add(lease);
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

    private void Remove(Attempt posted, long costNanos)
    {
        attempts.Remove(posted);
        Count--;
        _costNanos -= costNanos;
        if (Count == 0 && _costNanos != 0) invariants.Violate(Invariant.EntriesConserved, _costNanos, 0);
        posted.Lease?.EntryAnswered();
    }

    /// <summary>The store will never hold this entry: what it cost stays in doubt.</summary>
    private void Reject(Attempt attempt, long costNanos)
    {
        Remove(attempt, costNanos);
        if (attempt.Lease is not { } lease) return;
        lease.Unsettle(costNanos);
        leases.Lose(lease);
    }
}
