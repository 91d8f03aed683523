using System.Diagnostics.CodeAnalysis;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Admission;

/// <summary>
/// A key's admission as its grain lends it to the callers of its silo: they enter it by a method call, which costs a fraction of a message
/// (decision 0014). It is lent for a second with each turn of the grain that a caller asked for. So a key in use calls its grain once a second: the
/// grain starts its timers, is not collected, and one that its directory does not know any more is left within that time.
/// </summary>
internal sealed class KeyLoan(KeyAdmission admission, UnpricedCalls unpriced, TimeProvider time)
{
    /// <summary>How long the admission is lent at a time.</summary>
    internal static readonly TimeSpan Term = TimeSpan.FromSeconds(1);

    // In the admission's turn. Null: it is not lent.
    private long? _lentAt;

    /// <summary>Whether callers may enter at this moment. Stays so until the turn is left.</summary>
    public bool Runs
    {
        get
        {
            using var taken = admission.Turn.Take();
            return _lentAt is { } at && time.GetElapsedTime(at) < Term;
        }
    }

    /// <summary>Lends the admission for the next second.</summary>
    public void Begin()
    {
        using var taken = admission.Turn.Take();
        _lentAt = time.GetTimestamp();
    }

    /// <summary>Takes the admission back for good: who comes now is sent to the grain, and who waits is refused.</summary>
    public void End()
    {
        using var taken = admission.Turn.Take();
        _lentAt = null;
        admission.Close();
    }

    /// <summary>As <see cref="IVirtualKeyGrain.Admit"/>; false where the admission is not lent.</summary>
    public bool TryAdmit(AdmitRequest request, [NotNullWhen(true)] out Task<AdmitReply>? reply)
    {
        using var taken = admission.Turn.Take();
        reply = Runs ? admission.AdmitAsync(request) : null;
        return reply is not null;
    }

    /// <summary>As <see cref="KeyAdmission.RefuseEarly"/>; null where the admission is not lent.</summary>
    public Refusal? RefuseEarly()
    {
        using var taken = admission.Turn.Take();
        return Runs ? admission.RefuseEarly() : null;
    }

    /// <summary>As <see cref="IVirtualKeyGrain.Settle"/>; false where the admission is not lent.</summary>
    public bool TrySettle(Settlement settlement, [NotNullWhen(true)] out Task? posted)
    {
        posted = null;
        using (admission.Turn.Take())
        {
            if (!Runs) return false;
            admission.End(settlement);
        }

        posted = BookAsync(settlement);
        return true;
    }

    /// <summary>For the grain: ends a try, lent or not.</summary>
    public Task SettleAsync(Settlement settlement)
    {
        admission.End(settlement);
        return BookAsync(settlement);
    }

    private Task BookAsync(Settlement settlement)
    {
        if (settlement is { Unpriced: true, Outcome: not AttemptOutcome.NotSent }) unpriced.Count(settlement.Provider, settlement.Model);
        return admission.BookAsync(settlement);
    }
}
