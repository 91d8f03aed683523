using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Transactions;

/// <summary>
/// The commands of jobs on locked rows at one moment of the store's clock. Pure: both databases only bring the rows and take them back.
/// <see cref="JobRules"/> says what becomes of a row; here counters, outcome and delivery follow it.
/// </summary>
public sealed class JobTransaction(IJobRows rows, long nowMs, int partitions, JobOptions options)
{
    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(nowMs);

    public JobSubmitted Submit(PackedSubmission packed)
    {
        var submission = packed.Submission;
        if (rows.Job(submission.JobId) is { } known) return new JobAccepted(known);
        if (submission.IdempotencyKey is { } text && rows.FirstUse(submission.VirtualKeyId, text) is { } first && Binds(first))
            return submission.BodyHash.Span.SequenceEqual(first.BodyHash) ? new JobSame(first.JobId) : new JobIdempotencyConflict(first.JobId);
        var job = JobRules.New(submission, _now, partitions);
        var key = rows.Key(job.VirtualKeyId, job.Partition);
        if (key.OpenJobs >= options.QueuedPerKeyMax) return new JobQueueFull(JobQueueLimit.Jobs, options.QueuedPerKeyMax, key.OpenJobs);
        if (key.OpenBytes + job.BodyBytes > options.QueuedBytesPerKeyMax)
            return new JobQueueFull(JobQueueLimit.Bytes, options.QueuedBytesPerKeyMax, key.OpenBytes);
        if (key.KeptBytes >= options.KeptBytesPerKeyMax) return new JobQueueFull(JobQueueLimit.KeptBytes, options.KeptBytesPerKeyMax, key.KeptBytes);
        rows.Insert(job, packed);
        Count(job, jobs: 1, running: 0);
        if (submission.IdempotencyKey is { } used)
            rows.SetFirstUse(submission.VirtualKeyId, used, new JobFirstUse(submission.BodyHash.ToArray(), job.Id, nowMs));
        return new JobAccepted(job);
    }

    public JobLeased Lease(Guid jobId, Guid owner, long seenFence)
    {
        if (Find(jobId) is not { } job) return new JobLeased(JobLeaseResult.Lost, null, default);
        var step = JobRules.Lease(job, owner, seenFence, _now, options);
        if (!step.Won) return new JobLeased(JobLeaseResult.Lost, job, default);
        if (!ReferenceEquals(step.Row, job))
        {
            var key = rows.Key(job.VirtualKeyId, job.Partition);
            if (key.Running >= options.RunningPerKeyMax) return new JobLeased(JobLeaseResult.KeyBusy, job, default);
            if (key.KeptBytes >= options.KeptBytesPerKeyMax)
            {
                PauseKey(job, options.KeptFullDelay);
                return new JobLeased(JobLeaseResult.KeyFull, job, default);
            }

            Change(job, step.Row);
        }

        return new JobLeased(JobLeaseResult.Leased, step.Row, step.Row.LeaseUntil!.Value - _now);
    }

    public JobStep? Renew(Guid jobId, long fence) => Step(jobId, job => JobRules.Renew(job, fence, _now, options));

    public JobStep? End(Guid jobId, JobEnd end, PackedOutcome? outcome) => Step(
        jobId,
        job => JobRules.End(job, end.Fence, end.Status, outcome?.StatusCode ?? 0, StorableText.OrNull(end.Error), _now),
        outcome);

    public JobStep? PutBack(Guid jobId, JobPutBack putBack, PackedOutcome? refusal) => Step(
        jobId,
        job =>
        {
            var step = JobRules.PutBack(
                job, putBack.Fence, putBack.Reason, Pause(putBack.DelayMs), refusal?.StatusCode ?? 500, StorableText.OrNull(putBack.Error), _now, options);
            if (putBack.KeyDelayMs > 0 && !ReferenceEquals(step.Row, job)) PauseKey(job, Pause(putBack.KeyDelayMs));
            return step;
        },
        refusal);

    public JobStep? Cancel(Guid jobId, string? virtualKeyId) =>
        Find(jobId) is { } job && (virtualKeyId is null || virtualKeyId == job.VirtualKeyId) ? Step(jobId, row => JobRules.Cancel(row, _now)) : null;

    public JobStep? Retry(Guid jobId)
    {
        var step = Step(jobId, job => JobRules.Retry(job, _now));
        if (step is { Won: true }) rows.DeleteOutcome(jobId);
        return step;
    }

    /// <summary>The job after its lease was taken away; null: the lease was renewed, or the job ended, meanwhile.</summary>
    public JobRow? LoseLease(Guid jobId) => LoseLease(jobId, static _ => false);

    /// <param name="jobId">Which.</param>
    /// <param name="isGone">Whether the owner of a lease is known to run no more.</param>
    public JobRow? LoseLease(Guid jobId, Func<Guid?, bool> isGone) =>
        Step(jobId, job => JobRules.LoseLease(job, _now, options, isGone(job.Owner))) is { Won: true } step ? step.Row : null;

    private JobRow? Find(Guid jobId) => rows.Job(jobId) is { } job && !JobRules.IsExpired(job, _now) ? job : null;

    private bool Binds(JobFirstUse first) => first.AtMs + (long)options.IdempotencyFor.TotalMilliseconds > nowMs || Find(first.JobId) is not null;

    private JobStep? Step(Guid jobId, Func<JobRow, JobStep> rule, PackedOutcome? outcome = null)
    {
        if (Find(jobId) is not { } job) return null;
        var step = rule(job);
        if (ReferenceEquals(step.Row, job)) return step;
        Change(job, step.Row);
        step = step with { Changed = true };
        if (!step.Row.IsEnded) return step;
        if (outcome is not null && step.Row.Status != JobStatus.Cancelled) rows.InsertOutcome(jobId, outcome);
        if (JobDeliveryRules.Of(step.Row) is { } delivery) rows.Insert(delivery);
        return step;
    }

    private void Change(JobRow before, JobRow after)
    {
        rows.Update(before, after);
        Count(after, Open(after) - Open(before), Runs(after) - Runs(before));

        static int Open(JobRow job) => job.IsEnded ? 0 : 1;

        static int Runs(JobRow job) => job.Status == JobStatus.Processing ? 1 : 0;
    }

    private void Count(JobRow job, int jobs, int running)
    {
        if (jobs == 0 && running == 0) return;
        var key = rows.Key(job.VirtualKeyId, job.Partition);
        key.OpenJobs += jobs;
        key.OpenBytes += jobs * (long)job.BodyBytes;
        key.Running += running;
        key.IsChanged = true;
    }

    private void PauseKey(JobRow job, TimeSpan pause)
    {
        var key = rows.Key(job.VirtualKeyId, job.Partition);
        key.PausedUntilMs = Math.Max(key.PausedUntilMs, nowMs + (long)pause.TotalMilliseconds);
        key.IsChanged = true;
    }

    private TimeSpan Pause(long ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, (long)options.WaitMax.TotalMilliseconds));
}
