namespace Bifrost.Jobs.Contracts;

/// <summary>Asks how a job stands.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobPoll")]
public sealed record JobPoll
{
    /// <summary>The key that asks; null: an admin, who sees every job.</summary>
    [Id(0)] public string? VirtualKeyId { get; init; }

    /// <summary>How long to wait for the end, in milliseconds; 0: not at all. The grain bounds it.</summary>
    [Id(1)] public int WaitMs { get; init; }
}
