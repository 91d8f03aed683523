namespace Bifrost.Simulator.Scripts;

/// <summary>When bytes are sent. All zero: as fast as they are taken.</summary>
internal sealed record Timing
{
    /// <summary>Before the status line.</summary>
    public int DelayMs { get; init; }

    /// <summary>Between the headers, which are sent at once, and the first byte of the body.</summary>
    public int LateMs { get; init; }

    /// <summary>Between content chunks, counted from the first one, so that lateness does not add up.</summary>
    public int PaceMs { get; init; }

    /// <summary>Body bytes a write; 0: whole events.</summary>
    public int DripBytes { get; init; }

    /// <summary>Between two such writes.</summary>
    public int DripMs { get; init; }
}
