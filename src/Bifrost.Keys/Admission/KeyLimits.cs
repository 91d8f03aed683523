using Bifrost.Ledger.Leases;

namespace Bifrost.Keys.Admission;

/// <summary>Bounds of what one virtual key's activation keeps in memory.</summary>
public sealed record KeyLimits
{
    /// <summary>How long an ended attempt is remembered, so that a repeated call answers the same.</summary>
    public TimeSpan EndedKept { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Ended attempts remembered at most; the oldest go first.</summary>
    public int EndedMax { get; init; } = 4_096;

    /// <summary>
    /// Age at which a running attempt counts as lost (its process died): its place in flight is freed and the tokens it held count as
    /// used. The longest call with its drain.
    /// </summary>
    public TimeSpan RunningMax { get; init; } = TimeSpan.FromMinutes(11);

    /// <summary>The longest that a call may take: prices that come into force until then may apply to it.</summary>
    public TimeSpan CallMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Models of which something is remembered; the one unused for longest goes first.</summary>
    public int ModelsMax { get; init; } = 64;

    /// <summary>Provider and model pairs whose rules are kept worked out.</summary>
    public int RoutesMax { get; init; } = 64;

    /// <summary>What a caller is told to wait for a place in flight or for tokens that running calls hold.</summary>
    public TimeSpan BusyRetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The limits that go with how long a call may take here.</summary>
    public static KeyLimits For(LedgerOptions ledger) => new() { CallMax = ledger.LongestCall, RunningMax = ledger.LongestCall + ledger.Drain };
}
