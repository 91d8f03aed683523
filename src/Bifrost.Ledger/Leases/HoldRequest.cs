using Bifrost.Chat.Errors;

namespace Bifrost.Ledger.Leases;

/// <summary>Asks the book for credit for one attempt.</summary>
/// <param name="AttemptId">UUIDv7; the id of the ledger entry to come.</param>
/// <param name="Chain">Every budget that binds the call.</param>
/// <param name="VirtualKeyId">The key; the store refuses inactive ones.</param>
/// <param name="NeedNanos">The estimate, in nano-dollars.</param>
/// <param name="CatalogVersion">Version of the snapshot that key and chain were read from.</param>
public readonly record struct HoldRequest(Guid AttemptId, BudgetChain Chain, string VirtualKeyId, long NeedNanos, long CatalogVersion);

/// <summary>A hold, or a refusal with its numbers.</summary>
/// <param name="LeaseId">The lease that pays; empty when no budget binds the call.</param>
/// <param name="HeldNanos">Nano-dollars held.</param>
/// <param name="Refusal">Null when admitted.</param>
public readonly record struct HoldReply(Guid LeaseId, long HeldNanos, Refusal? Refusal)
{
    /// <summary>
    /// True when the request was decided on a catalog older than the one this silo has acknowledged: read the catalog again, decide again.
    /// </summary>
    public bool Stale { get; init; }

    public bool Admitted => Refusal is null && !Stale;

    internal static readonly HoldReply OutOfDate = new(Guid.Empty, 0, null) { Stale = true };

    internal static HoldReply No(Refusal refusal) => new(Guid.Empty, 0, refusal);
}
