namespace Bifrost.Jobs.Contracts;

/// <summary>A runner takes a job that a queue handed to it.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobStart")]
public sealed record JobStart
{
    /// <summary>The runner: its process's holder id.</summary>
    [Id(0)] public required Guid Owner { get; init; }

    /// <summary>The fence that the job was handed out with; the lease has the next one.</summary>
    [Id(1)] public required long Fence { get; init; }
}

/// <summary>The lease, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobStartReply")]
public sealed record JobStartReply
{
    /// <summary>Null: somebody else has the job, it has ended, or its key runs or keeps as many as it may.</summary>
    [Id(0)] public JobRun? Run { get; init; }

    /// <summary>The key runs or keeps as many jobs as it may: the job stays where it is.</summary>
    [Id(1)] public bool KeyBusy { get; init; }
}

/// <summary>A leased job with everything that running it needs.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobRun")]
public sealed record JobRun
{
    [Id(0)] public required Guid JobId { get; init; }
    [Id(1)] public required string VirtualKeyId { get; init; }

    /// <summary>The lease's fence; every word of the runner carries it.</summary>
    [Id(2)] public required long Fence { get; init; }

    /// <summary>This run's number, beginning at 1.</summary>
    [Id(3)] public required int Attempt { get; init; }

    /// <summary>How long the lease lasts, in milliseconds since before the call that took it was sent.</summary>
    [Id(4)] public required long LeaseMs { get; init; }

    [Id(5)] public required JobCall Call { get; init; }
    [Id(6)] public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Without the body.</summary>
    public override string ToString() => $"JobRun {JobId} fence {Fence}";
}

/// <summary>The answer to a renewal.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobRenewReply")]
public sealed record JobRenewReply
{
    /// <summary>False: the lease is another's or ended; the runner cancels upstream and says nothing more.</summary>
    [Id(0)] public required bool Held { get; init; }

    /// <summary>The client wants it no more: the runner cancels upstream and ends the job as cancelled.</summary>
    [Id(1)] public bool CancelRequested { get; init; }

    /// <summary>How long the lease lasts, in milliseconds since before the renewal was sent.</summary>
    [Id(2)] public long LeaseMs { get; init; }
}
