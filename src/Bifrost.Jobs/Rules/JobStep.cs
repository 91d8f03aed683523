namespace Bifrost.Jobs.Rules;

/// <summary>What a rule makes of a job.</summary>
/// <param name="Won">True: the command is this job's, and was or is done. False: somebody else was first, and nothing changes.</param>
/// <param name="Row">The job afterwards; the very same object when nothing changes.</param>
public readonly record struct JobStep(bool Won, JobRow Row)
{
    /// <summary>Said by a store: this very command changed the row; a repetition of it does not.</summary>
    public bool Changed { get; init; }
}
