namespace Bifrost.Jobs.Store;

/// <summary>What is open in all partitions, for metrics.</summary>
/// <param name="Partitions">By number, in its order.</param>
/// <param name="KeysUnread">Keys with pending jobs whose age was not looked at.</param>
public sealed record JobBacklog(ImmutableArray<JobPartitionDepth> Partitions, long KeysUnread);

/// <summary>The queue of one partition.</summary>
/// <param name="Partition">Which.</param>
/// <param name="Keys">Keys that have jobs that have not ended.</param>
/// <param name="Pending">Jobs that wait.</param>
/// <param name="Processing">Jobs that run.</param>
/// <param name="Bytes">Bytes of the bodies of both.</param>
/// <param name="OldestAge">The longest that the first of a key's pending jobs has waited since it was submitted; null: none was seen.</param>
public sealed record JobPartitionDepth(int Partition, long Keys, long Pending, long Processing, long Bytes, TimeSpan? OldestAge);
