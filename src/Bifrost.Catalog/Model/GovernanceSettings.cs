namespace Bifrost.Catalog.Model;

/// <summary>Settings of the rules that bind every call (ledger, rules).</summary>
public sealed record GovernanceSettings
{
    public static readonly GovernanceSettings Default = new();

    /// <summary>Output ceiling in tokens that a call without a limit is held at, where its model names none.</summary>
    public int OutputTokensDefault { get; init; } = 4_096;

    /// <summary>Whether the ceiling of a call without a limit is also sent upstream, which makes its hold a true bound.</summary>
    public bool ClampOutput { get; init; }

    /// <summary>Whether models without a price may be called; such calls are marked and counted.</summary>
    public bool AllowUnpriced { get; init; } = true;
}
