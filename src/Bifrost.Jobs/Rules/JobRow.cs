using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Rules;

/// <summary>A job without its bodies. Changed by <see cref="JobRules"/> alone; the store keeps it.</summary>
public sealed record JobRow
{
    public required Guid Id { get; init; }
    public required string VirtualKeyId { get; init; }
    public required int Partition { get; init; }
    public required string RequestId { get; init; }
    public JobStatus Status { get; init; }

    /// <summary>Grows with every lease and never falls.</summary>
    public long Fence { get; init; }

    /// <summary>Runs charged: at the lease, given back by a wait or a drain.</summary>
    public int Attempts { get; init; }

    /// <summary>Runs given back by drains.</summary>
    public int Drains { get; init; }

    /// <summary>The runner that holds the lease; null where none does.</summary>
    public Guid? Owner { get; init; }

    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Asked for while it ran; the next renewal says so.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>Not handed out earlier.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>When credit or a window was in its way for the first time.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Set with <see cref="EndedAt"/>: from then on it cannot be read.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public required long ResultTtlSeconds { get; init; }

    /// <summary>Size of the request's body as it came; counted against the key until the job has ended.</summary>
    public required int BodyBytes { get; init; }

    /// <summary>HTTP status of the outcome; 0 while there is none.</summary>
    public int StatusCode { get; init; }

    public string? LastError { get; init; }

    /// <summary>The webhook endpoint to notify; null: none.</summary>
    public string? Webhook { get; init; }

    /// <summary>True: it changes no more, save by an admin's retry.</summary>
    public bool IsEnded => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    public JobView ToView(JobOutcome? outcome = null, int outcomeBytes = 0) => new()
    {
        JobId = Id,
        VirtualKeyId = VirtualKeyId,
        Status = Status,
        RequestId = RequestId,
        CreatedAt = CreatedAt,
        EndedAt = EndedAt,
        ExpiresAt = ExpiresAt,
        Attempts = Attempts,
        CancelRequested = CancelRequested,
        StatusCode = StatusCode,
        LastError = LastError,
        Webhook = Webhook,
        Outcome = outcome,
        OutcomeBytes = outcomeBytes,
    };
}
