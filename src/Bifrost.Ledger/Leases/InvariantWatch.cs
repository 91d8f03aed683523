namespace Bifrost.Ledger.Leases;

/// <summary>What always holds of the money of one process; each is checked where that costs a comparison.</summary>
public enum Invariant
{
    /// <summary>After a grant: what is posted, leased and in doubt of a budget is within its limit.</summary>
    GrantWithinLimit,

    /// <summary>After a hold: what a lease has settled and holds is within what it was granted.</summary>
    HoldWithinLease,

    /// <summary>After a settlement: neither a lease nor a chain holds less than nothing.</summary>
    HeldNotNegative,

    /// <summary>Entries that are answered cost what they cost when they were queued: nothing is left of an empty queue.</summary>
    EntriesConserved,

    /// <summary>No counter of a budget in the store falls below zero.</summary>
    BudgetNotNegative,
}

/// <summary>Counts invariants that did not hold: each must stay at 0 (docs/runbooks/credit-in-doubt.md). Thread-safe.</summary>
public sealed class InvariantWatch
{
    private static readonly Invariant[] s_all = Enum.GetValues<Invariant>();
    private readonly long[] _violations = new long[s_all.Length];

    /// <summary>Told of each violation, with the value found and the one that it may not pass.</summary>
    internal Action<Invariant, long, long>? Violated { get; init; }

    /// <summary>Every invariant.</summary>
    public static ImmutableArray<Invariant> All { get; } = [.. s_all];

    /// <summary>How often an invariant did not hold since the start of the process.</summary>
    public long Violations(Invariant invariant) => Volatile.Read(ref _violations[(int)invariant]);

    /// <summary>The invariant's word in metrics.</summary>
    public static string WordOf(Invariant invariant) => invariant switch
    {
        Invariant.GrantWithinLimit => "grant_within_limit",
        Invariant.HoldWithinLease => "hold_within_lease",
        Invariant.HeldNotNegative => "held_not_negative",
        Invariant.EntriesConserved => "entries_conserved",
        _ => "budget_not_negative",
    };

    internal void AtMost(Invariant invariant, long value, long most)
    {
        if (value > most) Violate(invariant, value, most);
    }

    internal void NotNegative(Invariant invariant, long value)
    {
        if (value < 0) Violate(invariant, value, 0);
    }

    internal void Violate(Invariant invariant, long value, long limit)
    {
        Interlocked.Increment(ref _violations[(int)invariant]);
        Violated?.Invoke(invariant, value, limit);
    }
}
