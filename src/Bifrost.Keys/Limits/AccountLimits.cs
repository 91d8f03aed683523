namespace Bifrost.Keys.Limits;

/// <summary>Bounds of shared windows: of an account's activation, and of those who hold slices of it.</summary>
public sealed record AccountLimits
{
    /// <summary>How long a slice may be spent; what is left of it comes back within a second after that.</summary>
    public TimeSpan SliceLife { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The same where less was handed out than was wanted: then others wait for what one key does not spend.</summary>
    public TimeSpan ScarceSliceLife { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What lies beyond the need is granted up to this part of what is free then, so that the last of a window is not hoarded.</summary>
    public int ExtraShare { get; init; } = 16;

    /// <summary>Age at which a slice without reports is given up: all of it counts as used. Longer than the longest call.</summary>
    public TimeSpan SliceKept { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a slice is remembered after its last report, so that a repeated call changes nothing.</summary>
    public TimeSpan EndedKept { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Slices remembered at most of either kind; the oldest go first.</summary>
    public int SlicesMax { get; init; } = 65_536;

    /// <summary>Calls of one key that may wait for a slice of one account.</summary>
    public int WaitersMax { get; init; } = 4_096;

    /// <summary>How long a key's grain answers by a refusal that it was given, for needs as large.</summary>
    public TimeSpan RefusalKept { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a key's grain remembers an account that it does not use.</summary>
    public TimeSpan IdleKept { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What a caller is told to wait for what other keys hold.</summary>
    public TimeSpan BusyRetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
