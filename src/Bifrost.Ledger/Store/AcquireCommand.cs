using Bifrost.Ledger.Windows;

namespace Bifrost.Ledger.Store;

/// <summary>
/// Asks for credit. In the store: insert lease(id, open, granted 0, settled 0); already there: answer what it says, and of an id older than
/// <see cref="LedgerLimits.UnusedLeaseKept"/> that it is closed, since its tombstone may be deleted. Each budget of the
/// chain whose new window has begun: window_start moves (<see cref="WindowClock.Current"/>), posted = leased = doubt = 0. Then
/// free := min over the chain of limit - posted - leased - doubt. Holder unknown or dead, key inactive, budget unknown or retired,
/// free &lt; least: lease.state = closed and <see cref="AcquireRefused"/>. Else
/// share := max(least, (free + own) / <see cref="LedgerLimits.ChainShare"/> - own);
/// need &lt;= share: g := need + max(0, min(want - need, (free - need) / <see cref="LedgerLimits.ExtraShare"/>)); else g := min(need, share).
/// g is never below least and never above free. Budgets: leased += g; lease: granted = g, chain = the ids with their window_start,
/// spend_until = min(t + 5 s, nearest window end). A key that the store does not know is not inactive (calls without a virtual key).
/// </summary>
public sealed record AcquireCommand
{
    /// <summary>UUIDv7 made by the caller.</summary>
    public required Guid LeaseId { get; init; }

    public required Guid HolderId { get; init; }
    public required string VirtualKeyId { get; init; }

    /// <summary>Budget ids, distinct, in ordinal order; never empty.</summary>
    public required ImmutableArray<string> BudgetIds { get; init; }

    /// <summary>
    /// Nano-dollars without which nothing is granted; above 0 and at most the need. Any other value, and that of a need of 0, counts as the need.
    /// </summary>
    public required long LeastNanos { get; init; }

    /// <summary>Nano-dollars that the call would hold; at least 0. Granted in full while they are within the chain's share of what is free.</summary>
    public required long NeedNanos { get; init; }

    /// <summary>Nano-dollars that would be welcome; at least the need.</summary>
    public required long WantNanos { get; init; }

    /// <summary>
    /// Nano-dollars that calls of this chain hold on the asking silo; at least 0. Advice: it lowers the share of a chain that has much, and no
    /// value of it makes a grant larger than what is free.
    /// </summary>
    public long OwnNanos { get; init; }
}

/// <summary>The answer to an <see cref="AcquireCommand"/>.</summary>
public abstract record AcquireReply;

/// <summary>The lease is open: granted now, or by an earlier delivery of the same command.</summary>
/// <param name="GrantedNanos">Credit in all.</param>
/// <param name="SettledNanos">How much of it is settled already (0 when granted now).</param>
/// <param name="SpendFor">spend_until - t; may be negative for a repeated command. The caller counts it from before it sent the command.</param>
public sealed record LeaseGranted(long GrantedNanos, long SettledNanos, TimeSpan SpendFor) : AcquireReply
{
    /// <summary>
    /// Every budget of the chain as it was before the grant, in the order of the command. Empty for a repeated command, which finds its lease
    /// and looks at no budget.
    /// </summary>
    public ImmutableArray<BudgetNumbers> Budgets { get; init; } = [];

    /// <summary>What was free on the whole chain before the grant; null: the store did not look.</summary>
    public long? FreeNanos
    {
        get
        {
            if (Budgets.IsEmpty) return null;
            var free = long.MaxValue;
            foreach (var budget in Budgets) free = Math.Min(free, budget.FreeNanos);
            return free;
        }
    }
}

/// <summary>The lease id was there already and is not open: a tombstone, an earlier refusal, or a lease in doubt. The caller closes it.</summary>
public sealed record LeaseNotOpen(LeaseState State) : AcquireReply;

/// <summary>Nothing was granted.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Budgets">
/// For <see cref="AcquireRefusal.TooLittle"/>: every budget of the chain with its numbers, in the order of the command; otherwise those
/// at fault or none.
/// </param>
public sealed record AcquireRefused(AcquireRefusal Reason, ImmutableArray<BudgetNumbers> Budgets) : AcquireReply;

public enum AcquireRefusal
{
    TooLittle,
    HolderDead,
    KeyInactive,
    BudgetRetired,
    BudgetUnknown,
}

public enum LeaseState
{
    Open,
    Doubt,
    Closed,
}
