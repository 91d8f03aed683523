namespace Bifrost.Ledger.Store;

/// <summary>
/// The commands of one silo in one transaction, run in this order: <see cref="Posts"/>, <see cref="GiveBacks"/>, <see cref="Acquires"/>.
/// At most <see cref="LedgerLimits.BatchCommandsMax"/> in all. Each kind is safe to repeat.
/// </summary>
public sealed record LedgerBatch
{
    /// <summary>
    /// Post: insert the entries, ignore known attempts (also twice in one batch). Per lease, c := the sum of new costs,
    /// cover := min(c, r(lease)); settled += c; budgets of its chain whose window is still the chain's: posted += c, col -= cover.
    /// Of a lease in doubt or left (<see cref="GiveBackKind.Leave"/>) granted -= what a new entry held beyond its cost, and the
    /// lease is closed once nothing is left: nobody else frees that. An entry without a lease touches no budget. An entry whose lease is unknown
    /// leaves a tombstone of it (closed, granted 0, settled c, empty chain): money that was spent is never turned away.
    /// </summary>
    public ImmutableArray<LedgerEntry> Posts { get; init; } = [];

    public ImmutableArray<GiveBack> GiveBacks { get; init; } = [];
    public ImmutableArray<AcquireCommand> Acquires { get; init; } = [];

    public int Count => Posts.Length + GiveBacks.Length + Acquires.Length;
}

/// <summary>The answers to a <see cref="LedgerBatch"/>.</summary>
public sealed record LedgerBatchReply
{
    /// <summary>The store's clock in the transaction.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>One answer for each of <see cref="LedgerBatch.Acquires"/>, in order.</summary>
    public required ImmutableArray<AcquireReply> Acquires { get; init; }

    /// <summary>
    /// Posts that the store cannot hold at all (for example a text it cannot encode); everything else of the batch was done.
    /// An invalid command makes the batch run singly inside the store.
    /// </summary>
    public ImmutableArray<InvalidPost> InvalidPosts { get; init; } = [];
}

/// <summary>A post that can never be stored as it is.</summary>
/// <param name="Index">Index into <see cref="LedgerBatch.Posts"/>.</param>
public readonly record struct InvalidPost(int Index, string Why);
