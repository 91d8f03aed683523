using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The silo's credit on one exact chain of budgets: its open leases, its waiters in order, its one Acquire, and its memory of the last
/// refusal. Guarded by the book's lock.
/// </summary>
internal sealed class ChainCredit(BudgetChain chain)
{
    public BudgetChain Chain { get; } = chain;

    /// <summary>What all chains on each of its budgets share. Written by <see cref="BudgetIndex"/>.</summary>
    public ImmutableArray<BudgetIndex.Use> Budgets { get; set; } = [];

    /// <summary>Leases that may be spent, oldest first. Written by <see cref="LeaseRegister"/>.</summary>
    public List<Lease> Open { get; } = [];

    /// <summary>Calls that wait for credit, in their order. Written by <see cref="CreditWaiters"/>.</summary>
    public AttemptList Waiters { get; } = new();

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

    public AcquireRefused? Refused { get; private set; }
    public long RefusedNeedNanos { get; private set; }
    public TimeSpan RefusedUntil { get; private set; }

    public SpendMeter Meter;

    public Lease? Paying(long needNanos, TimeSpan now)
    {
        foreach (var lease in Open)
            if (lease.CanPay(needNanos, now)) return lease;
        return null;
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

    /// <summary>True while a budget of it refuses calls: nothing is held in hand then that no call holds.</summary>
    public bool IsShort(TimeSpan now)
    {
        foreach (var budget in Budgets)
            if (now < budget.ShortUntil) return true;
        return false;
    }

    /// <summary>Remembers a refusal for needs as large.</summary>
    public void Remember(AcquireRefused refused, long needNanos, TimeSpan until)
    {
        Refused = refused;
        RefusedNeedNanos = needNanos;
        RefusedUntil = until;
    }

    public bool Remembers(long needNanos, TimeSpan now) => Refused is not null && now < RefusedUntil && needNanos >= RefusedNeedNanos;

    /// <summary>What the store refused says nothing any more.</summary>
    public void ForgetRefusals() => RefusedUntil = AheadFrom = TimeSpan.Zero;

    /// <summary>True when nothing would be lost by forgetting it.</summary>
    public bool IsIdle(TimeSpan now, TimeSpan span) =>
        Open.Count == 0 && Waiters.Count == 0 && Asked is null && !AskQueued && now >= RefusedUntil && Meter.Calls(now, span) == 0;
}
