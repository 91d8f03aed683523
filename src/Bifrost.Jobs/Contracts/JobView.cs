namespace Bifrost.Jobs.Contracts;

/// <summary>A job as a poll sees it.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobView")]
public sealed record JobView
{
    [Id(0)] public required Guid JobId { get; init; }
    [Id(1)] public required string VirtualKeyId { get; init; }
    [Id(2)] public required JobStatus Status { get; init; }
    [Id(3)] public required string RequestId { get; init; }
    [Id(4)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null until it has ended.</summary>
    [Id(5)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Null until it has ended.</summary>
    [Id(6)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Runs charged so far.</summary>
    [Id(7)] public int Attempts { get; init; }

    /// <summary>A cancel was asked for while it ran, and the runner has not ended it yet.</summary>
    [Id(8)] public bool CancelRequested { get; init; }

    /// <summary>HTTP status that a waiting client would have got; 0 until it has ended, and for a cancelled job.</summary>
    [Id(9)] public int StatusCode { get; init; }

    /// <summary>One sentence of why it failed, or why it waits; null when nothing went wrong.</summary>
    [Id(10)] public string? LastError { get; init; }

    [Id(11)] public string? Webhook { get; init; }

    /// <summary>The answer of a completed or failed job. Null: not ended, cancelled, or failed without an answer (the last error says why).</summary>
    [Id(12)] public JobOutcome? Outcome { get; init; }

    /// <summary>Bytes of an answer that is too large to be kept here: it is read from the store when it is sent. 0: there is none such.</summary>
    [Id(13)] public int OutcomeBytes { get; init; }
}
