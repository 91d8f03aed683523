using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// A credit lease as the silo counts it: granted, settled and held never miss an attempt, so that <see cref="KeepNanos"/> is all that the
/// lease may still owe. Its phase only moves forward. Guarded by the book's lock.
/// </summary>
internal sealed class Lease(Guid id, Guid holderId, ChainCredit chain, Attempt? askedFor)
{
    public Guid Id { get; } = id;
    public Guid HolderId { get; } = holderId;
    public ChainCredit Chain { get; } = chain;

    /// <summary>The waiter that the Acquire was made for; null when it was asked for ahead of need.</summary>
    public Attempt? AskedFor { get; } = askedFor;

    public LeasePhase Phase { get; private set; }

    /// <summary>Credit in all; only ever shrinks. What the store has granted is never less.</summary>
    public long GrantedNanos { get; private set; }

    /// <summary>Sum of the costs of ended attempts, durable or not.</summary>
    public long SettledNanos { get; private set; }

    /// <summary>Sum of the holds of running attempts, lost ones included.</summary>
    public long HeldNanos { get; private set; }

    /// <summary>Attempts behind <see cref="HeldNanos"/> that may still end.</summary>
    public int Holds { get; private set; }

    /// <summary>Entries that are not durable yet.</summary>
    public int Unposted { get; private set; }

    /// <summary>Attempts behind <see cref="HeldNanos"/> that end on other silos.</summary>
    public ImmutableArray<LeftHold> Left { get; private set; } = [];

    /// <summary>When the last of <see cref="Left"/> must have ended, on the book's monotonic clock.</summary>
    public TimeSpan LeftUntil { get; private set; }

    /// <summary>True when a hold outlived the longest call, or the store refuses an entry.</summary>
    public bool Lost { get; private set; }

    /// <summary>True when the store has yet to be told of <see cref="Lost"/>.</summary>
    public bool DoubtDue { get; private set; }

    /// <summary>True while it stands in the <see cref="GiveBackQueue"/>, which alone writes it.</summary>
    public bool Queued { get; set; }

    /// <summary>End of spending on the book's monotonic clock.</summary>
    public TimeSpan SpendUntil { get; private set; }

    /// <summary>When it was last granted, held or settled, on the same clock.</summary>
    public TimeSpan UsedAt { get; private set; }

    public long KeepNanos => SettledNanos + HeldNanos;

    public long LeftNanos => GrantedNanos - SettledNanos - HeldNanos;

    /// <summary>True when no call and no entry of it is under way.</summary>
    public bool IsQuiet => Holds == 0 && Unposted == 0;

    public bool CanPay(long needNanos, TimeSpan now) => now < SpendUntil && LeftNanos >= needNanos;

    /// <summary>True once its term has ended, or it was not used for <paramref name="idleMax"/>.</summary>
    public bool IsOver(TimeSpan now, TimeSpan idleMax) => now >= SpendUntil || (Holds == 0 && now - UsedAt >= idleMax);

    /// <summary>The store granted it.</summary>
    public void Open(LeaseGranted granted, TimeSpan spendUntil, TimeSpan now)
    {
        GrantedNanos = granted.GrantedNanos;
        SettledNanos = granted.SettledNanos;
        SpendUntil = spendUntil;
        UsedAt = now;
        Phase = LeasePhase.Open;
    }

    public void End() => Phase = LeasePhase.Ending;

    public void Close() => Phase = LeasePhase.Closing;

    public void Hold(long nanos, TimeSpan now)
    {
        HeldNanos += nanos;
        Holds++;
        UsedAt = now;
        Chain.AddHeld(nanos, now);
    }

    /// <summary>A held attempt ended with an entry, which is not durable yet.</summary>
    public void Settle(long heldNanos, long costNanos, TimeSpan now)
    {
        HeldNanos -= heldNanos;
        Holds--;
        UsedAt = now;
        SettledNanos += costNanos;
        Unposted++;
        Chain.AddHeld(-heldNanos, now);
        if (costNanos < heldNanos) Chain.NoteFreed(heldNanos - costNanos);
    }

    /// <summary>The store answered for an entry: durable, or refused.</summary>
    public void EntryAnswered() => Unposted--;

    /// <summary>An entry that the store refuses for good counts as held: the store does not know what it settled.</summary>
    public void Unsettle(long costNanos)
    {
        SettledNanos -= costNanos;
        HeldNanos += costNanos;
    }

    /// <summary>A held attempt will not end any more; what it held stays held on the lease, and no call of the chain holds it.</summary>
    public void LoseHold(long heldNanos, TimeSpan now)
    {
        Holds--;
        Chain.AddHeld(-heldNanos, now);
    }

    /// <summary>A held attempt will be ended on another silo; what it holds stays held on the lease, and no call of the chain here holds it.</summary>
    public void LeaveHold(LeftHold hold, TimeSpan until, TimeSpan now)
    {
        Left = Left.Add(hold);
        LeftUntil = until;
        LoseHold(hold.Nanos, now);
    }

    /// <summary>The store knows of <see cref="Left"/>, whose entries free what they hold.</summary>
    public void Leave() => Phase = LeasePhase.Left;

    /// <summary>What is still held goes in doubt.</summary>
    public void Lose() => Lost = DoubtDue = true;

    public void DoubtTold() => DoubtDue = false;

    /// <summary>Gives up what no attempt holds.</summary>
    public void Trim() => GrantedNanos = KeepNanos;
}

internal enum LeasePhase
{
    /// <summary>The Acquire has no answer yet.</summary>
    Asked,

    /// <summary>May be spent.</summary>
    Open,

    /// <summary>Spent no more; waits for its holds to end and its entries to be durable.</summary>
    Ending,

    /// <summary>Its last give-back is on its way; forgotten when that is acknowledged.</summary>
    Closing,

    /// <summary>The store has it without this silo: forgotten when its calls must have ended, in doubt if one has not.</summary>
    Left,
}
