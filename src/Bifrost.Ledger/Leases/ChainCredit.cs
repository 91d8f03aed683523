using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The silo's credit on one exact chain of budgets: its open leases, its holds, its waiters in order, and its one Acquire. Guarded by the
/// book's lock.
/// </summary>
internal sealed class ChainCredit(BudgetChain chain, TimeSpan now)
{
    /// <summary>On a budget that others share a chain with holds gets no more than one part in so many of what is free and what it holds.</summary>
    private const int CapShare = 4;

    public BudgetChain Chain { get; } = chain;

    /// <summary>What all chains on each of its budgets share. Written by <see cref="BudgetIndex"/>.</summary>
    public ImmutableArray<BudgetUse> Budgets { get; set; } = [];

    /// <summary>Leases that may be spent, oldest first. Written by <see cref="LeaseRegister"/>.</summary>
    public List<Lease> Open { get; } = [];

    /// <summary>Calls that wait for credit, in their order. Written by <see cref="CreditWaiters"/>.</summary>
    public AttemptList Waiters { get; } = new();

    /// <summary>Sum of the holds of running calls; calls that outlived the longest call are not among them.</summary>
    public long HeldNanos { get; private set; }

    /// <summary>When the last Acquire of this chain was made, or else the chain.</summary>
    public TimeSpan AskedAt { get; private set; } = now;

    /// <summary>Sum of the waiters' needs.</summary>
    public long WaitingNanos { get; private set; }

    /// <summary>The one Acquire on its way; null when there is none.</summary>
    public Lease? Asked { get; set; }

    // The next four are written by AcquireQueue alone.

    /// <summary>True while the chain stands in the queue of those that want an Acquire.</summary>
    public bool AskQueued { get; set; }

    /// <summary>True while that is for waiters' sake.</summary>
    public bool AskUrgent { get; set; }

    /// <summary>The key for which credit is asked ahead of need; null when it is not.</summary>
    public string? AheadKeyId { get; set; }

    /// <summary>Need of an Acquire that is asked for ahead of need.</summary>
    public long AheadNanos { get; set; }

    /// <summary>No asking ahead before this time.</summary>
    public TimeSpan AheadFrom { get; set; }

    /// <summary>True after this silo gave its own unheld credit back for the waiters' sake; the next refusal is final.</summary>
    public bool GaveBack { get; set; }

    /// <summary>True when the catalog has no such chain any more: nothing is admitted from it.</summary>
    public bool Dropped { get; set; }

    public SpendMeter Meter;

    /// <summary>When a call last wanted credit that was not in hand.</summary>
    private TimeSpan _wantedAt = now;

    public Lease? Paying(long needNanos, TimeSpan now)
    {
        foreach (var lease in Open)
            if (lease.CanPay(needNanos, now)) return lease;
        return null;
    }

    /// <summary>A call of this chain begins to hold, or with a negative value ends.</summary>
    public void AddHeld(long nanos, TimeSpan now)
    {
        var held = HeldNanos > 0;
        HeldNanos += nanos;
        if (held == HeldNanos > 0) return;
        foreach (var budget in Budgets) budget.CountHolder(this, !held, now);
    }

    /// <summary>An Acquire of this chain is made.</summary>
    public void NoteAcquire(TimeSpan now)
    {
        AskedAt = now;
        foreach (var budget in Budgets) budget.NoteAcquire();
    }

    /// <summary>A call of this chain cost less than it held.</summary>
    public void NoteFreed(long nanos)
    {
        foreach (var budget in Budgets) budget.NoteFreed(nanos);
    }

    public void AddWaiter(Attempt waiter)
    {
        Waiters.Add(waiter);
        WaitingNanos += waiter.Nanos;
    }

    public void RemoveWaiter(Attempt waiter)
    {
        Waiters.Remove(waiter);
        WaitingNanos -= waiter.Nanos;
    }

    /// <summary>A call of this chain wants credit that no lease in hand can pay.</summary>
    public void NoteWanted(TimeSpan now)
    {
        _wantedAt = now;
        foreach (var budget in Budgets) budget.NoteUse(this, now);
    }

    /// <summary>True while a budget of it refuses calls: nothing is held in hand then that no call holds.</summary>
    public bool IsShort(TimeSpan now)
    {
        foreach (var budget in Budgets)
            if (now < budget.ShortUntil) return true;
        return false;
    }

    /// <summary>
    /// True when a budget of it refused a call of any chain just now that needed no more. Not once this chain has asked the store nothing for
    /// <paramref name="trust"/>: what other silos gave back meanwhile is not known here, and no chain is refused from memory on and on.
    /// </summary>
    public bool IsRefused(long leastNanos, TimeSpan now, TimeSpan trust)
    {
        if (now - AskedAt >= trust) return false;
        foreach (var budget in Budgets)
            if (budget.Refuses(leastNanos, now)) return true;
        return false;
    }

    /// <summary>
    /// The numbers of a budget that others share and of which this chain, with this call, would hold more than its part; null when it may have
    /// more credit. A chain without holds always may, and so may one of whose budgets the store said nothing lately.
    /// </summary>
    public BudgetNumbers? CapFor(long leastNanos, TimeSpan now, TimeSpan span)
    {
        if (HeldNanos == 0) return null;
        foreach (var budget in Budgets)
            if (budget.Told(now, span) is { } told && leastNanos > CapRoom(told) && budget.IsShared(this, now, span)) return told;
        return null;
    }

    /// <summary>
    /// What a call of this chain should hold: its need, but no more than its part of the tightest budget and no less than its least. The store
    /// keeps to a part of its own, but does not know how many chains there are.
    /// </summary>
    public long PartOf(long needNanos, long leastNanos, TimeSpan now, TimeSpan span)
    {
        var room = new ChainRoom(null, HeldNanos);
        foreach (var budget in Budgets) room = room.Tighter(budget.Room(HeldNanos, now, span));
        return room.PartNanos is { } part ? Math.Clamp(part - HeldNanos, leastNanos, needNanos) : needNanos;
    }

    /// <summary>The most that this chain may hold more on a budget that others share; may be negative.</summary>
    public long CapRoom(BudgetNumbers budget) => ((budget.FreeNanos + HeldNanos) / CapShare) - HeldNanos;

    /// <summary>The catalog has changed: what the store refused and told says nothing any more.</summary>
    public void ForgetAnswers()
    {
        AheadFrom = TimeSpan.Zero;
        foreach (var budget in Budgets) budget.Forget();
    }

    /// <summary>True when nothing would be lost by forgetting it.</summary>
    public bool IsIdle(TimeSpan now, TimeSpan span) =>
        Open.Count == 0 && Waiters.Count == 0 && HeldNanos == 0 && Asked is null && !AskQueued && now - _wantedAt >= span
        && Meter.Calls(now, span) == 0;
}
