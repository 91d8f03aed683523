using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Store;

/// <summary>The answer to a submission.</summary>
public abstract record JobSubmitted;

/// <summary>The row is durable: now, or since an earlier delivery of the same submission.</summary>
public sealed record JobAccepted(JobRow Row) : JobSubmitted;

/// <summary>The idempotency key was used with the same body.</summary>
/// <param name="JobId">The job of the first use; its row may have expired already.</param>
public sealed record JobSame(Guid JobId) : JobSubmitted;

/// <summary>The idempotency key was used with another body.</summary>
public sealed record JobIdempotencyConflict(Guid JobId) : JobSubmitted;

/// <summary>The key has reached a limit.</summary>
/// <param name="Limit">Which.</param>
/// <param name="Max">Its value: jobs or bytes.</param>
/// <param name="Has">What the key has without this job.</param>
public sealed record JobQueueFull(JobQueueLimit Limit, long Max, long Has) : JobSubmitted;

public enum JobQueueLimit
{
    Jobs,
    Bytes,

    /// <summary>Bytes of ended jobs.</summary>
    KeptBytes,
}
