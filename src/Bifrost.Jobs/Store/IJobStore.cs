using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Store;

/// <summary>
/// The store of jobs. Rules for every implementation:
/// <list type="bullet">
/// <item>Each method is one transaction and safe to repeat; a caller that got no answer repeats the very same call.</item>
/// <item>A change of a job is <see cref="JobRules"/>' on the locked row, at the store's clock; row, body, result, the key's counters and
/// the webhook's delivery change together or not at all.</item>
/// <item>An answer is given only after the transaction is durable on disk.</item>
/// <item>Infrastructure that fails is a <see cref="StoreUnavailableException"/>; everything that a command may come to is a value.</item>
/// <item>Reads check expiry in the query: an expired job is not there, swept or not.</item>
/// </list>
/// Limits are those of the <see cref="JobOptions"/> that the store was opened with.
/// </summary>
public interface IJobStore
{
    /// <summary>
    /// Fixes the number of partitions at the store's first start, and answers the number that holds. Another one than asked for must stop
    /// the start: rows would never be found.
    /// </summary>
    Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel);

    /// <summary>Inserts the job with its body, its idempotency key and its share of the key's counters, or says why not.</summary>
    Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel);

    /// <summary>The job; null: unknown, expired, or another key's where one is given.</summary>
    Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel);

    /// <summary>What to run; null: no such job.</summary>
    Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel);

    /// <summary>The outcome of an ended job; null: none, unknown, or expired.</summary>
    Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel);

    /// <summary>The same, without a body that is larger than <see cref="JobOutcomeHead.SmallBytes"/>.</summary>
    Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancel);

    /// <summary>
    /// The due jobs of a partition: of each of the next keys, in the order of their ids, the oldest. Keys that back off are left out. Its
    /// cost follows the rows it answers, not the rows that wait.
    /// </summary>
    Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel);

    /// <summary>Leases a pending job (<see cref="JobRules.Lease"/>) unless its key runs or keeps as much as it may.</summary>
    Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel);

    /// <summary><see cref="JobRules.Renew"/>. The row tells of a cancel; null: the job is gone.</summary>
    Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel);

    /// <summary><see cref="JobRules.End"/>, with the outcome. Null: the job is gone.</summary>
    Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel);

    /// <summary><see cref="JobRules.PutBack"/>, with the pause of the key. Null: the job is gone.</summary>
    Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel);

    /// <summary><see cref="JobRules.Cancel"/>. Answers the job as it then is; null: unknown, expired, or another key's where one is given.</summary>
    Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel);

    /// <summary><see cref="JobRules.Retry"/>; the outcome goes. Limits of the key do not bind an admin. Null: unknown or expired.</summary>
    Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel);

    /// <summary>Takes away at most <see cref="JobOptions.SweepRowsMax"/> leases that ended; answers their jobs as they then are.</summary>
    Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel);

    /// <summary>
    /// Deletes at most <see cref="JobOptions.SweepRowsMax"/> rows of each kind that have expired: jobs with bodies and results, idempotency
    /// keys, old deliveries.
    /// </summary>
    Task<JobSweep> SweepAsync(CancellationToken cancel);

    /// <summary>Jobs that fit the query and have not expired, the newest first.</summary>
    Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel);

    /// <summary>Keys that have jobs that have not ended, at most <paramref name="keysMax"/>, those with the most first.</summary>
    Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel);

    /// <summary>
    /// How much waits in each partition, partitions where nothing is open left out. Reads a row for each key, never one for each job; looks
    /// at the age of the queues of at most <paramref name="ageKeysMax"/> keys, those with the most jobs, and at that of the oldest job of all.
    /// </summary>
    Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel);

    /// <summary>How many jobs each key runs in this partition; keys that run none are left out.</summary>
    Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel);
}
