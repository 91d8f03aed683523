using Bifrost.Ledger.Money;

namespace Bifrost.Ledger.Leases;

/// <summary>One attempt that the book knows: waiting for credit, holding it, or ended with an entry that is not durable yet.</summary>
internal sealed class Attempt(Guid id)
{
    public Guid Id { get; } = id;
    public AttemptPhase Phase { get; set; }

    /// <summary>Null when no budget binds the attempt, and while it waits.</summary>
    public Lease? Lease { get; set; }

    /// <summary>What it holds; while it waits, what it needs.</summary>
    public long Nanos { get; set; }

    /// <summary>When it began to wait or to hold, on the book's monotonic clock.</summary>
    public TimeSpan Since { get; set; }

    // While it waits.
    public long LeastNanos { get; init; }
    public string VirtualKeyId { get; init; } = "";
    public ChainCredit? Chain { get; init; }
    public TaskCompletionSource<HoldReply>? Answer { get; init; }

    // Once it ended.
    public PostChunk? Chunk { get; set; }

    // Place in the list it is in: the chain's waiters, or all holds by age.
    public Attempt? Previous { get; set; }
    public Attempt? Next { get; set; }
}

internal enum AttemptPhase
{
    Waiting,
    Held,
    Posting,

    /// <summary>Waited and was answered, or its caller left.</summary>
    Gone,
}
