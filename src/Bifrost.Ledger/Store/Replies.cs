namespace Bifrost.Ledger.Store;

/// <summary>The answer to a registration or a heartbeat.</summary>
/// <param name="Alive">False: this holder is dead for good; the process takes a new id.</param>
/// <param name="CatalogVersion">The newest version of the catalog.</param>
/// <param name="Now">The store's clock.</param>
public readonly record struct HolderReply(bool Alive, long CatalogVersion, DateTimeOffset Now);

/// <summary>What a sweep did.</summary>
/// <param name="HoldersDied">Holders that became dead.</param>
/// <param name="LeasesDoubted">Leases put in doubt; equal to the limit of one run: there may be more.</param>
/// <param name="LeasesForgotten">Closed leases of long ago that were deleted.</param>
public readonly record struct SweepReply(int HoldersDied, int LeasesDoubted, int LeasesForgotten = 0);

public enum ReleaseReply
{
    /// <summary>Closed now, or closed before.</summary>
    Released,

    /// <summary>The longest call may still tell.</summary>
    TooEarly,

    /// <summary>The lease is open: its holder lives.</summary>
    NotInDoubt,
    Unknown,
}

public enum AdjustReply
{
    /// <summary>Booked now, or by an earlier delivery of the same entry id.</summary>
    Booked,
    UnknownLease,

    /// <summary>The lease has not settled that much.</summary>
    BelowZero,
}
