namespace Bifrost.Ledger.Store;

/// <summary>
/// Trim, Close or Doubt of one lease, by absolute value only. An unknown lease is inserted as closed with nothing granted: a tombstone
/// for an Acquire that comes later. A closed lease: nothing to do.
/// <para>Trim and Close: n := min(granted, max(settled, keep)); budgets of the chain's windows: col -= r before - r after; granted = n;
/// Close has keep = 0 and then sets state closed (from open and from doubt alike).</para>
/// <para>Doubt: an open lease goes in doubt: leased -= r, doubt += r, state doubt, doubt_at = t. In doubt already: nothing.</para>
/// </summary>
public readonly record struct GiveBack(Guid LeaseId, GiveBackKind Kind, long KeepNanos)
{
    /// <summary>Gives back what is granted beyond <paramref name="keepNanos"/> (settled plus held, as the silo counts them).</summary>
    public static GiveBack Trim(Guid leaseId, long keepNanos) => new(leaseId, GiveBackKind.Trim, keepNanos);

    /// <summary>Gives back everything unsettled and ends the lease.</summary>
    public static GiveBack Close(Guid leaseId) => new(leaseId, GiveBackKind.Close, 0);

    /// <summary>Says that a call of this lease may never tell what it cost.</summary>
    public static GiveBack Doubt(Guid leaseId) => new(leaseId, GiveBackKind.Doubt, 0);
}

public enum GiveBackKind
{
    Trim,
    Close,
    Doubt,
}
