namespace Bifrost.Jobs.Store;

/// <summary>The queue of one key.</summary>
/// <param name="Partition">Where its jobs are.</param>
/// <param name="VirtualKeyId">Whose.</param>
/// <param name="Pending">Jobs that wait.</param>
/// <param name="Processing">Jobs that run.</param>
/// <param name="Bytes">Bytes of the bodies of both.</param>
/// <param name="OldestAge">How long the first of the pending ones has waited since it was submitted; null: none is pending.</param>
/// <param name="PausedFor">How long the key still backs off; zero: not at all.</param>
public sealed record JobDepth(
    int Partition, string VirtualKeyId, long Pending, long Processing, long Bytes, TimeSpan? OldestAge, TimeSpan PausedFor);

/// <summary>What a sweep deleted; a number as large as the limit of one run: there may be more.</summary>
public readonly record struct JobSweep(int Jobs, int IdempotencyKeys, int Deliveries);
