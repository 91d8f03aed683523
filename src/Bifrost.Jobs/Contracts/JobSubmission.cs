namespace Bifrost.Jobs.Contracts;

/// <summary>A validated, authenticated chat completion that is to run as a job (contract section 8).</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobSubmission")]
public sealed record JobSubmission
{
    /// <summary>UUIDv7, made by the front-end. A repeated submission of one id changes nothing and answers the same.</summary>
    [Id(0)] public required Guid JobId { get; init; }

    /// <summary>The virtual key's id, or the anonymous caller's key; it alone may poll.</summary>
    [Id(1)] public required string VirtualKeyId { get; init; }

    /// <summary>The request's body, unchanged.</summary>
    [Id(2)] public required ReadOnlyMemory<byte> Body { get; init; }

    [Id(3)] public required JobCall Call { get; init; }

    /// <summary>How long the result can be read once the job has ended, in seconds; at least 1, default and cap already applied.</summary>
    [Id(4)] public required long ResultTtlSeconds { get; init; }

    /// <summary>The client's <c>Idempotency-Key</c>, one namespace for each virtual key; null: none.</summary>
    [Id(5)] public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the body; needed with an idempotency key.</summary>
    [Id(6)] public ReadOnlyMemory<byte> BodyHash { get; init; }

    /// <summary>Name of the webhook endpoint that is told when the job has ended; null: none.</summary>
    [Id(7)] public string? Webhook { get; init; }

    /// <summary>Without the body.</summary>
    public override string ToString() => $"JobSubmission {JobId} of {VirtualKeyId}";
}

/// <summary>What became of a submission.</summary>
public enum JobSubmitResult
{
    /// <summary>The job's row is durable: now, or since an earlier delivery of the same submission.</summary>
    Submitted,

    /// <summary>The idempotency key was used with the same body: the reply carries that job.</summary>
    SameJob,

    /// <summary>The idempotency key was used with another body: 422.</summary>
    IdempotencyConflict,

    /// <summary>The key has too many jobs, or bytes of jobs, that have not ended: 429.</summary>
    QueueFull,
}

/// <summary>The answer to a submission.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobSubmitReply")]
public sealed record JobSubmitReply
{
    [Id(0)] public required JobSubmitResult Result { get; init; }

    /// <summary>The job; null for a conflict, a full queue, and a repetition whose job has expired.</summary>
    [Id(1)] public JobView? Job { get; init; }

    /// <summary>For a full queue: which limit, its value, and what the key has.</summary>
    [Id(2)] public string? Message { get; init; }

    /// <summary>When a repetition can help, in milliseconds.</summary>
    [Id(3)] public long? RetryAfterMs { get; init; }
}
