namespace Bifrost.Ledger.Store;

/// <summary>
/// Trim, Close, Doubt or Leave of one lease, by absolute value only. An unknown lease is inserted as closed with nothing granted: a tombstone
/// for an Acquire that comes later. A closed lease: nothing to do.
/// <para>Trim and Close: n := min(granted, max(settled, keep)); budgets of the chain's windows: col -= r before - r after; granted = n;
/// Close has keep = 0 and then sets state closed (from open and from doubt alike).</para>
/// <para>Doubt: an open lease goes in doubt: leased -= r, doubt += r, state doubt, doubt_at = t. In doubt already: nothing.</para>
/// <para>Leave: its silo spends it no more and is told no more of its calls, which end on other silos: n := min(granted, settled + keep + the sum of
/// <see cref="Holds"/> whose attempt has no entry). What is left over: spend_until = 0, and from now on each entry gives back what its hold covered
/// beyond its cost. Nothing left over: as Close.</para>
/// </summary>
public readonly record struct GiveBack(Guid LeaseId, GiveBackKind Kind, long KeepNanos)
{
    /// <summary>Of a Leave: what its running calls hold.</summary>
    public ImmutableArray<LeftHold> Holds { get; init; } = [];

    /// <summary>Gives back what is granted beyond <paramref name="keepNanos"/> (settled plus held, as the silo counts them).</summary>
    public static GiveBack Trim(Guid leaseId, long keepNanos) => new(leaseId, GiveBackKind.Trim, keepNanos);

    /// <summary>Gives back everything unsettled and ends the lease.</summary>
    public static GiveBack Close(Guid leaseId) => new(leaseId, GiveBackKind.Close, 0);

    /// <summary>Says that a call of this lease may never tell what it cost.</summary>
    public static GiveBack Doubt(Guid leaseId) => new(leaseId, GiveBackKind.Doubt, 0);

    /// <summary>Leaves a lease to the entries of its running calls.</summary>
    /// <param name="leaseId">The lease.</param>
    /// <param name="keepNanos">What it may owe beyond those and beyond what the store has of it.</param>
    /// <param name="holds">What its running calls hold.</param>
    public static GiveBack Leave(Guid leaseId, long keepNanos, ImmutableArray<LeftHold> holds) =>
        new(leaseId, GiveBackKind.Leave, keepNanos) { Holds = holds };
}

/// <summary>What one running call holds of a lease that its silo left.</summary>
public readonly record struct LeftHold(Guid AttemptId, long Nanos);

public enum GiveBackKind
{
    Trim,
    Close,
    Doubt,
    Leave,
}
