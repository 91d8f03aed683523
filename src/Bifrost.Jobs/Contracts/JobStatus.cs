namespace Bifrost.Jobs.Contracts;

/// <summary>Where a job stands. The numbers stand in the database.</summary>
public enum JobStatus
{
    /// <summary>Waits for a runner; also again after a lost lease, a wait or a drain.</summary>
    Pending = 0,

    /// <summary>A runner holds its lease.</summary>
    Processing = 1,

    Completed = 2,
    Failed = 3,
    Cancelled = 4,
}
