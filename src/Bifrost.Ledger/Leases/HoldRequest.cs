using Bifrost.Chat.Errors;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>Asks the book for credit for one attempt.</summary>
/// <param name="AttemptId">UUIDv7; the id of the ledger entry to come.</param>
/// <param name="Chain">Every budget that binds the call.</param>
/// <param name="VirtualKeyId">The key; the store refuses inactive ones.</param>
/// <param name="NeedNanos">What the call would hold, in nano-dollars.</param>
/// <param name="CatalogVersion">Version of the snapshot that key and chain were read from.</param>
public readonly record struct HoldRequest(Guid AttemptId, BudgetChain Chain, string VirtualKeyId, long NeedNanos, long CatalogVersion)
{
    /// <summary>
    /// The least that the call could be made to hold, by a lower output limit, in nano-dollars: above 0 and at most the need; 0 where the need is.
    /// </summary>
    public long LeastNanos { get; init; } = NeedNanos;
}

/// <summary>What the book knows of a chain's credit.</summary>
/// <param name="FreeNanos">
/// What the store said last, within 5 s and for whatever chain, that could be granted on the tightest of its budgets; may be negative; null:
/// it said nothing of any of them. Budgets of which it said nothing may be tighter.
/// </param>
/// <param name="OwnNanos">What calls of this chain hold on this silo.</param>
public readonly record struct ChainRoom(long? FreeNanos, long OwnNanos)
{
    private const int CrowdedAbove = 256;

    /// <summary>One chain should hold at most one part in so many of what is free and what it holds: more where many chains use the budget.</summary>
    public int Share { get; init; } = LedgerLimits.ChainShare;

    /// <summary>Whether so many chains use the budget that its last money lasts longer where each call may take less.</summary>
    public bool IsCrowded => Share > CrowdedAbove;

    /// <summary>What calls of this chain should hold in all, those that run included; null: what is free is not known.</summary>
    public long? PartNanos => FreeNanos is { } free ? (long)(((Int128)free + OwnNanos) / Math.Max(1, Share)) : null;

    /// <summary>The one that leaves less to a chain.</summary>
    public ChainRoom Tighter(ChainRoom other) => PartNanos is not { } part || other.PartNanos < part ? other : this;
}

/// <summary>A hold, or a refusal with its numbers.</summary>
/// <param name="LeaseId">The lease that pays; empty when no budget binds the call.</param>
/// <param name="HeldNanos">Nano-dollars held: the need, or less, down to the least.</param>
/// <param name="Refusal">Null when admitted.</param>
public readonly record struct HoldReply(Guid LeaseId, long HeldNanos, Refusal? Refusal)
{
    /// <summary>
    /// True when the request was decided on a catalog older than the one this silo has acknowledged: read the catalog again, decide again.
    /// </summary>
    public bool Stale { get; init; }

    /// <summary>With a refusal for lack of credit: what would have fitted, in nano-dollars; else 0.</summary>
    public long FitsNanos { get; init; }

    public bool Admitted => Refusal is null && !Stale;

    internal static readonly HoldReply OutOfDate = new(Guid.Empty, 0, null) { Stale = true };

    internal static HoldReply No(Refusal refusal) => new(Guid.Empty, 0, refusal);
}
