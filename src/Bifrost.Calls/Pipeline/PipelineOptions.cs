namespace Bifrost.Calls.Pipeline;

/// <summary>Limits of the pipeline (contract section 7). Every wait and every list has one.</summary>
public sealed record PipelineOptions
{
    /// <summary>Time of a whole request, all targets and tries together.</summary>
    public int RequestTimeoutMs { get; init; } = 600_000;

    /// <summary>The primary and its fallbacks together; a request that names more is a 400.</summary>
    public int TargetsMax { get; init; } = 16;

    /// <summary>Tries of one request over all its targets.</summary>
    public int TriesMax { get; init; } = 64;

    /// <summary>How long an upstream that stops when its connection closes may go on after its client left, so that its usage becomes known.</summary>
    public int DrainTimeoutMs { get; init; } = 60_000;

    /// <summary>Calls of left clients that may go on at once; beyond it they are cut off and booked as cut short.</summary>
    public int DrainsMax { get; init; } = 2_048;

    /// <summary>Those of one key.</summary>
    public int DrainsPerKeyMax { get; init; } = 64;

    /// <summary>How long a call waits for its admission: for its key, for windows that are shared, for credit. Then it is refused.</summary>
    public int AdmissionTimeoutMs { get; init; } = 30_000;

    /// <summary>Calls admitted and not yet settled durably; beyond it new ones are refused.</summary>
    public int UnsettledMax { get; init; } = 100_000;

    /// <summary>Whether a try that is traced tells its provider so (<c>traceparent</c>).</summary>
    public bool TellsTrace { get; init; }

    /// <summary>First pause before a settlement is repeated; it doubles up to <see cref="SettleBackoffMaxMs"/>.</summary>
    public int SettleBackoffInitialMs { get; init; } = 100;

    public int SettleBackoffMaxMs { get; init; } = 5_000;
}
