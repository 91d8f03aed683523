namespace Bifrost.Calls.Telemetry;

/// <summary>What the meters of calls may tell apart.</summary>
public sealed record CallMeterOptions
{
    /// <summary>Models of the price sheet that get series of their own; further ones share one series of their provider.</summary>
    public int ModelsMax { get; init; } = 500;

    /// <summary>Models that stand in no price sheet and get series of their own all the same: callers choose these names.</summary>
    public int UnlistedModelsMax { get; init; }

    /// <summary>Whether the numbers are there under Bifrost's names too.</summary>
    public bool BifrostNames { get; init; }
}
