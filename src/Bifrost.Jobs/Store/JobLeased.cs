using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Store;

/// <summary>The answer to a lease.</summary>
/// <param name="Result">What came of it.</param>
/// <param name="Row">The job afterwards; null: it is gone.</param>
/// <param name="LeaseFor">How long the lease lasts; the runner counts it from before it sent the command.</param>
public sealed record JobLeased(JobLeaseResult Result, JobRow? Row, TimeSpan LeaseFor);

public enum JobLeaseResult
{
    Leased,

    /// <summary>Another fence, not pending, not due, or gone.</summary>
    Lost,

    /// <summary>The key runs as many as it may.</summary>
    KeyBusy,

    /// <summary>The key's ended jobs keep as much as they may; the key pauses.</summary>
    KeyFull,
}
