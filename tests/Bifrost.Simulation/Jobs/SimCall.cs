namespace Bifrost.Simulation.Jobs;

/// <summary>One call upstream that a run made: the truth that the ledger is compared with.</summary>
internal sealed class SimCall
{
    public required Guid AttemptId { get; init; }
    public required Guid JobId { get; init; }
    public required long Fence { get; init; }
    public required JobSilo Silo { get; init; }

    /// <summary>Its answer is there.</summary>
    public bool Answered { get; set; }

    /// <summary>The run no longer wants it; the upstream may go on for a while.</summary>
    public bool Aborted { get; set; }

    /// <summary>True while a living run waits for it.</summary>
    public bool Wanted => !Answered && !Aborted && !Silo.Dead;
}
