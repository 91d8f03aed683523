using Bifrost.Abstractions.Keys;

namespace Bifrost.Core.Ledger;

/// <summary>Asks the book for credit for one attempt.</summary>
/// <param name="AttemptId">UUIDv7; the id of the ledger entry to come.</param>
/// <param name="Chain">Every budget that binds the call.</param>
/// <param name="VirtualKeyId">The key; the store refuses inactive ones.</param>
/// <param name="NeedNanos">The estimate, in nano-dollars.</param>
public readonly record struct HoldRequest(Guid AttemptId, BudgetChain Chain, string VirtualKeyId, long NeedNanos);

/// <summary>A hold, or a refusal with its numbers.</summary>
/// <param name="LeaseId">The lease that pays; empty when no budget binds the call.</param>
/// <param name="HeldNanos">Nano-dollars held.</param>
/// <param name="Refusal">Null when admitted.</param>
public readonly record struct HoldReply(Guid LeaseId, long HeldNanos, Refusal? Refusal)
{
    public bool Admitted => Refusal is null;
}
