namespace Bifrost.Jobs.Contracts;

/// <summary>A runner asks a partition for work.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobPull")]
public sealed record JobPull
{
    /// <summary>The runner: its process's holder id.</summary>
    [Id(0)] public required Guid Owner { get; init; }

    /// <summary>How many jobs it has room for.</summary>
    [Id(1)] public required int Room { get; init; }
}

/// <summary>Work for one runner; it leases each job before it runs it, and tells the queue of each how it went.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobPullReply")]
public sealed record JobPullReply
{
    [Id(0)] public required ImmutableArray<JobHandout> Jobs { get; init; }

    /// <summary>True: there was more than the room.</summary>
    [Id(1)] public bool More { get; init; }
}

/// <summary>One due job.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobHandout")]
public sealed record JobHandout
{
    [Id(0)] public required Guid JobId { get; init; }
    [Id(1)] public required string VirtualKeyId { get; init; }

    /// <summary>The fence it was seen with: the lease is taken only where it is still this one.</summary>
    [Id(2)] public required long Fence { get; init; }
}

/// <summary>A handed out job runs no more on its runner: ended, put back, or not started at all.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobDone")]
public sealed record JobDone
{
    [Id(0)] public required Guid JobId { get; init; }
    [Id(1)] public required string VirtualKeyId { get; init; }

    /// <summary>The key backs off for so many milliseconds; 0: it goes on.</summary>
    [Id(2)] public long KeyDelayMs { get; init; }
}
