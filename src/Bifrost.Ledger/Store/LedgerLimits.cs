namespace Bifrost.Ledger.Store;

/// <summary>Sizes that both sides of the port keep.</summary>
public static class LedgerLimits
{
    /// <summary>Commands of all kinds in one batch.</summary>
    public const int BatchCommandsMax = 500;

    /// <summary>Leases that one sweep puts in doubt.</summary>
    public const int SweepLeasesMax = 200;

    /// <summary>Closed leases that one sweep deletes, of each kind.</summary>
    public const int SweepForgottenMax = 500;

    /// <summary>Budgets in one chain.</summary>
    public const int ChainBudgetsMax = 64;

    /// <summary>How long an open lease may be spent at most.</summary>
    public static readonly TimeSpan LeaseTerm = TimeSpan.FromSeconds(5);

    /// <summary>How long one heartbeat keeps a holder alive, and a silo admitting.</summary>
    public static readonly TimeSpan HolderTtl = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long tombstones, refusals and closed leases that paid nothing are kept, by the time in their id. Far longer than any command is on
    /// its way; and an Acquire of an id as old as this is refused, so that one that outlives its tombstone finds it closed all the same.
    /// </summary>
    public static readonly TimeSpan UnusedLeaseKept = TimeSpan.FromDays(1);

    /// <summary>How long closed leases that paid are kept: corrections of their entries find the budgets through them.</summary>
    public static readonly TimeSpan UsedLeaseKept = TimeSpan.FromDays(40);

    /// <summary>
    /// One chain holds at most one part in so many of what is free and what it holds, where its calls can do with less than they need.
    /// </summary>
    public const int ChainShare = 8;

    /// <summary>
    /// What a grant adds to the need is at most one part in so many of what is free: holds are 50 to 500 times the cost of a call, and idle
    /// credit is as large as the holds that it was asked for.
    /// </summary>
    public const int ExtraShare = 64;
}
