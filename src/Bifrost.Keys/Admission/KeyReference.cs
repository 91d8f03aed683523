using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Admission;

/// <summary>
/// A virtual key as the callers of this silo reach it: by the admission that its grain has lent to this silo, else by a call to the grain,
/// which may live on any silo. Thread-safe.
/// </summary>
/// <param name="grain">The key's grain.</param>
public sealed class KeyReference(IVirtualKeyGrain grain)
{
    private KeyLoan? _loan;

    /// <summary>Admits one try or refuses it, see <see cref="IVirtualKeyGrain.Admit"/>.</summary>
    public Task<AdmitReply> AdmitAsync(AdmitRequest request) =>
        Volatile.Read(ref _loan) is { } loan && loan.TryAdmit(request, out var reply) ? reply : grain.Admit(request);

    /// <summary>Ends a try; completes when its entry is durable, see <see cref="IVirtualKeyGrain.Settle"/>.</summary>
    public Task SettleAsync(Settlement settlement) =>
        Volatile.Read(ref _loan) is { } loan && loan.TrySettle(settlement, out var posted) ? posted : grain.Settle(settlement);

    /// <summary>
    /// Why the key would admit no call now, as far as this silo knows without asking anyone; null: nothing is known against one. Takes nothing.
    /// </summary>
    public Refusal? RefuseEarly() => Volatile.Read(ref _loan)?.RefuseEarly();

    internal void Lend(KeyLoan loan) => Volatile.Write(ref _loan, loan);

    /// <summary>Forgets a loan, so that nothing of an activation outlives it here.</summary>
    internal void TakeBack(KeyLoan loan) => Interlocked.CompareExchange(ref _loan, null, loan);
}
