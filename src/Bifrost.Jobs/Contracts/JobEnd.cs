namespace Bifrost.Jobs.Contracts;

/// <summary>A runner ends a job. Sent after the entries of its attempts are durable.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobEnd")]
public sealed record JobEnd
{
    [Id(0)] public required long Fence { get; init; }

    /// <summary>Completed, failed or cancelled.</summary>
    [Id(1)] public required JobStatus Status { get; init; }

    /// <summary>What a waiting client would have got; null for a cancelled job.</summary>
    [Id(2)] public JobOutcome? Outcome { get; init; }

    /// <summary>One sentence for lists; null when it completed.</summary>
    [Id(3)] public string? Error { get; init; }
}

/// <summary>Why a runner puts a job back that it has leased.</summary>
public enum JobPutBackReason
{
    /// <summary>Held credit or a window is in the way: the run is not charged, and the key backs off.</summary>
    Wait,

    /// <summary>The silo stops: the run is not charged, a bounded number of times.</summary>
    Drain,

    /// <summary>The run broke off for a reason of ours (lost lease, store away): it stays charged.</summary>
    Lost,
}

/// <summary>A runner gives a job back unfinished.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobPutBack")]
public sealed record JobPutBack
{
    [Id(0)] public required long Fence { get; init; }
    [Id(1)] public required JobPutBackReason Reason { get; init; }

    /// <summary>Not before so many milliseconds from now.</summary>
    [Id(2)] public long DelayMs { get; init; }

    /// <summary>The whole key not before so many milliseconds from now; 0: the key goes on.</summary>
    [Id(3)] public long KeyDelayMs { get; init; }

    /// <summary>What the job fails with if it may not go on: waited too long, or too many runs.</summary>
    [Id(4)] public JobOutcome? Refusal { get; init; }

    /// <summary>One sentence for lists.</summary>
    [Id(5)] public string? Error { get; init; }
}

/// <summary>The answer to an end or a putting back.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobEndReply")]
public sealed record JobEndReply
{
    /// <summary>True: this call, or an earlier delivery of it, made the change. False: the fence is old or the job had ended; drop the result.</summary>
    [Id(0)] public required bool Won { get; init; }

    /// <summary>Where the job stands now; null: it is gone.</summary>
    [Id(1)] public JobStatus? Status { get; init; }
}
