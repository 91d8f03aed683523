using Bifrost.Calls.Limits;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Metrics;

/// <summary>
/// Counts what the store did to jobs, once it has said so: every transition of a job goes through here. A command that
/// got no answer is not counted, its repetition is.
/// </summary>
public sealed class MeteredJobStore(IJobStore inner, JobMetrics metrics, LimitWatch watch) : IJobStore
{
    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) => inner.FixPartitionsAsync(partitions, cancel);

    public async Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel)
    {
        var submitted = await inner.SubmitAsync(submission, cancel).ConfigureAwait(false);
        if (submitted is JobQueueFull { Limit: JobQueueLimit.KeptBytes }) watch.Reached(Limit.KeptJobsKey, submission.VirtualKeyId);
        return submitted;
    }

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) => inner.ReadAsync(jobId, virtualKeyId, cancel);

    public Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel) => inner.ReadRequestAsync(jobId, cancel);

    public Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancel) => inner.ReadOutcomeHeadAsync(jobId, cancel);

    public Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel) => inner.ReadOutcomeAsync(jobId, cancel);

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel) => inner.ReadDueAsync(query, cancel);

    public async Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel)
    {
        var leased = await inner.LeaseAsync(jobId, owner, seenFence, cancel).ConfigureAwait(false);
        if (leased is { Result: JobLeaseResult.KeyFull, Row: { } waits }) watch.Reached(Limit.KeptJobsKey, waits.VirtualKeyId);
        if (leased is not { Result: JobLeaseResult.Leased, Row: { } row }) return leased;

        // The store's clock at the lease; the first fence is that of the first run.
        var leasedAt = row.LeaseUntil - leased.LeaseFor;
        metrics.Started(row.Fence == 1 ? leasedAt - row.CreatedAt : null);
        return leased;
    }

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) => inner.RenewAsync(jobId, fence, cancel);

    public async Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel) =>
        Ended(await inner.EndAsync(jobId, end, cancel).ConfigureAwait(false));

    public async Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel)
    {
        var step = Ended(await inner.PutBackAsync(jobId, putBack, cancel).ConfigureAwait(false));
        if (step is { Changed: true, Row.IsEnded: false }) metrics.GivenBack(putBack.Reason);
        return step;
    }

    public async Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        Ended(await inner.CancelAsync(jobId, virtualKeyId, cancel).ConfigureAwait(false));

    public async Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel)
    {
        var step = await inner.RetryAsync(jobId, cancel).ConfigureAwait(false);
        if (step is { Changed: true }) metrics.Retried();
        return step;
    }

    public async Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel)
    {
        var lost = await inner.ExpireLeasesAsync(cancel).ConfigureAwait(false);
        foreach (var job in lost)
        {
            if (job.IsEnded) metrics.Ended(job.Status);
            else metrics.LeaseLost();
        }

        return lost;
    }

    public async Task<JobSweep> SweepAsync(CancellationToken cancel)
    {
        var swept = await inner.SweepAsync(cancel).ConfigureAwait(false);
        metrics.Swept(swept);
        return swept;
    }

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel) => inner.ListAsync(query, cancel);

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel) => inner.ReadDepthsAsync(keysMax, cancel);

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel) => inner.ReadBacklogAsync(ageKeysMax, cancel);

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel) => inner.ReadRunningAsync(partition, cancel);

    private JobStep? Ended(JobStep? step)
    {
        if (step is { Changed: true, Row.IsEnded: true } ended) metrics.Ended(ended.Row.Status);
        return step;
    }
}
