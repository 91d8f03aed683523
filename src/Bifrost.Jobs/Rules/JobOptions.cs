namespace Bifrost.Jobs.Rules;

/// <summary>Limits and times of jobs. Every queue, body, wait and try has one.</summary>
public sealed record JobOptions
{
    /// <summary>Parts that the virtual keys are spread over; fixed in the store at its first start.</summary>
    public int Partitions { get; init; } = 32;

    /// <summary>Runs of one job that are charged; after the last one it fails with its last error.</summary>
    public int AttemptsMax { get; init; } = 3;

    /// <summary>How often a stopping silo may put one job back without charging the run.</summary>
    public int DrainsMax { get; init; } = 10;

    /// <summary>How long a runner has a job without renewing it.</summary>
    public TimeSpan LeaseFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a runner renews; several fit in one lease.</summary>
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A runner whose lease was not confirmed cancels upstream this long before it ends.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a job may wait for credit or a window since its first refusal; then it fails with that refusal.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The pause of a key after its first refusal by credit or a window; doubles up to <see cref="KeyDelayMax"/>.</summary>
    public TimeSpan KeyDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan KeyDelayMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The pause of a job that was put back because its run broke off.</summary>
    public TimeSpan LostDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a result can be read where the client does not say (<c>client.async_job_result_ttl</c>).</summary>
    public TimeSpan ResultTtl { get; init; } = TimeSpan.FromSeconds(3_600);

    /// <summary>The longest a client may ask for; more is brought down to it.</summary>
    public TimeSpan ResultTtlMax { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long an idempotency key is remembered at least; a job that lives longer is remembered as long as it lives.</summary>
    public TimeSpan IdempotencyFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Characters of an idempotency key; more is a 400.</summary>
    public int IdempotencyKeyCharsMax { get; init; } = 255;

    /// <summary>Jobs of one key that have not ended; beyond it submissions get 429.</summary>
    public int QueuedPerKeyMax { get; init; } = 100_000;

    /// <summary>Bytes of the request bodies of one key's jobs that have not ended; beyond it submissions get 429.</summary>
    public long QueuedBytesPerKeyMax { get; init; } = 1L << 30;

    /// <summary>
    /// Bytes of requests and results of one key's ended jobs that the store keeps until their lifetime ends; from there on submissions get 429, and
    /// jobs that wait are not begun. Those that run add their results, so <see cref="RunningPerKeyMax"/> results may stand above it.
    /// </summary>
    public long KeptBytesPerKeyMax { get; init; } = 4L << 30;

    /// <summary>The pause of a key whose ended jobs keep that much.</summary>
    public TimeSpan KeptFullDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes that are free on the disk of the store's file at least; below it no new jobs are taken.</summary>
    public long FreeDiskBytesMin { get; init; } = 512L << 20;

    /// <summary>What a full queue tells the client to wait.</summary>
    public TimeSpan QueueFullRetryAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Jobs of one key that run at once, in the whole cluster.</summary>
    public int RunningPerKeyMax { get; init; } = 32;

    /// <summary>Jobs that run at once on one silo.</summary>
    public int RunningPerSiloMax { get; init; } = 256;

    /// <summary>Bytes of the request bodies of the jobs that run on one silo; above it no further job is asked for.</summary>
    public long RunningBytesPerSiloMax { get; init; } = 256L << 20;

    /// <summary>Bodies and results above this size are compressed where they lie.</summary>
    public int CompressAboveBytes { get; init; } = 64 * 1024;

    /// <summary>Rows that one sweep deletes in one transaction, and leases that one look-over ends.</summary>
    public int SweepRowsMax { get; init; } = 200;

    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Keys in one window of a partition.</summary>
    public int WindowKeysMax { get; init; } = 256;

    /// <summary>Due jobs of one key in a window.</summary>
    public int WindowJobsPerKeyMax { get; init; } = 32;

    /// <summary>How often each silo asks every partition for work, looks for ended leases, and keeps the queues awake.</summary>
    public TimeSpan PumpEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest a poll waits for the end (<c>?wait=</c>, <c>Prefer: wait=</c>); more is brought down to it.</summary>
    public TimeSpan PollWaitMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Polls that wait at one job at once; beyond it a poll answers at once.</summary>
    public int PollWaitersMax { get; init; } = 64;

    /// <summary>What an open poll tells the client to wait.</summary>
    public TimeSpan PollRetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stopping silo lets its running jobs go on before it puts them back.</summary>
    public TimeSpan DrainFor { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Jobs of one list page.</summary>
    public int ListMax { get; init; } = 1_000;

    /// <summary>How often metrics ask the store how much waits, at most; a reading that takes long is made more rarely.</summary>
    public TimeSpan BacklogEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Keys whose oldest job such a reading looks for; of further ones only the oldest job of all is known.</summary>
    public int BacklogAgeKeysMax { get; init; } = 10_000;

    /// <summary>How long a reader of metrics waits for it; then it gets the figures of the last one.</summary>
    public TimeSpan BacklogWaitMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Tries of one webhook delivery after the first (Bifrost: 4); then it is dead.</summary>
    public int DeliveryRetriesMax { get; init; } = 4;

    public TimeSpan DeliveryDelay { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan DeliveryDelayMax { get; init; } = TimeSpan.FromSeconds(1_800);
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a silo has a delivery before another may take it.</summary>
    public TimeSpan DeliveryLeaseFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Deliveries under way at once on one silo.</summary>
    public int DeliveriesPerSiloMax { get; init; } = 10;

    /// <summary>How long the history of a delivery is kept after it ended.</summary>
    public TimeSpan DeliveryHistoryFor { get; init; } = TimeSpan.FromDays(30);
}
