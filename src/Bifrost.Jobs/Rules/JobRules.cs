using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Rules;

/// <summary>
/// The life of a job: pending, processing, completed, failed or cancelled; pending again after a lost lease, a wait or a drain. Pure: the
/// store brings the row as it is, locked, with its own clock, and writes what comes out. A command of an old fence changes nothing, and
/// neither does a second delivery of one that was done.
/// </summary>
public static class JobRules
{
    /// <summary>A job as it is submitted, due at once.</summary>
    public static JobRow New(JobSubmission submission, DateTimeOffset now, int partitions) => new()
    {
        Id = submission.JobId,
        VirtualKeyId = submission.VirtualKeyId,
        Partition = JobPartition.Of(submission.VirtualKeyId, partitions),
        RequestId = submission.Call.RequestId,
        NotBefore = now,
        CreatedAt = now,
        ResultTtlSeconds = Math.Max(1, submission.ResultTtlSeconds),
        BodyBytes = submission.Body.Length,
        Webhook = submission.Webhook,
    };

    /// <summary>A runner takes a pending job that it saw with this fence. The run is charged here.</summary>
    public static JobStep Lease(JobRow job, Guid owner, long seenFence, DateTimeOffset now, JobOptions options)
    {
        // The same runner asks again: its first answer was lost.
        if (job.Status == JobStatus.Processing && job.Owner == owner && job.Fence == seenFence + 1 && job.LeaseUntil > now) return new(true, job);
        if (job.Status != JobStatus.Pending || job.Fence != seenFence || job.NotBefore > now) return new(false, job);
        return new(true, job with
        {
            Status = JobStatus.Processing,
            Fence = job.Fence + 1,
            Attempts = job.Attempts + 1,
            Owner = owner,
            LeaseUntil = now + options.LeaseFor,
        });
    }

    /// <summary>The runner goes on. A lease that ran out and was not taken away yet is still its own.</summary>
    public static JobStep Renew(JobRow job, long fence, DateTimeOffset now, JobOptions options)
    {
        if (!Holds(job, fence)) return new(false, job);
        var until = now + options.LeaseFor;
        return new(true, until > job.LeaseUntil ? job with { LeaseUntil = until } : job);
    }

    /// <summary>The runner ends the job. The first terminal write wins; an answer that came before the cancel was noticed is kept.</summary>
    public static JobStep End(JobRow job, long fence, JobStatus status, int statusCode, string? error, DateTimeOffset now)
    {
        if (status is JobStatus.Pending or JobStatus.Processing) throw new ArgumentOutOfRangeException(nameof(status), status, "An end is terminal.");
        if (Holds(job, fence)) return new(true, Ended(job, status, statusCode, error, now));
        return new(job.Fence == fence && job.Status == status && EndedByRunner(job), job);
    }

    /// <summary>
    /// The runner gives the job back. A wait gives the run back, and fails the job once it waits longer than allowed; a drain gives it back
    /// a bounded number of times; a loss keeps it charged, and fails the job after its last run. A job that was to be cancelled is.
    /// </summary>
    public static JobStep PutBack(
        JobRow job, long fence, JobPutBackReason reason, TimeSpan delay, int refusalCode, string? error, DateTimeOffset now, JobOptions options)
    {
        if (!Holds(job, fence)) return new(job.Fence == fence && (job.Status == JobStatus.Pending || EndedByRunner(job)), job);
        if (job.CancelRequested) return new(true, Ended(job, JobStatus.Cancelled, 0, null, now));
        var given = reason == JobPutBackReason.Wait || (reason == JobPutBackReason.Drain && job.Drains < options.DrainsMax);
        var back = job with
        {
            Attempts = given ? job.Attempts - 1 : job.Attempts,
            Drains = reason == JobPutBackReason.Drain && given ? job.Drains + 1 : job.Drains,
            WaitingSince = reason == JobPutBackReason.Wait ? job.WaitingSince ?? now : job.WaitingSince,
            LastError = error ?? job.LastError,
        };
        var waitedOut = reason == JobPutBackReason.Wait && now - back.WaitingSince >= options.WaitMax;
        if (waitedOut || back.Attempts >= options.AttemptsMax) return new(true, Ended(back, JobStatus.Failed, refusalCode, back.LastError, now));
        var pause = TimeSpan.FromTicks(Math.Clamp(delay.Ticks, 0, options.WaitMax.Ticks));
        return new(true, Pending(back, now + pause));
    }

    /// <summary>Takes away a lease that was not renewed. The fence refuses later reports of the old runner.</summary>
    /// <param name="ownerIsGone">True: it is known that its owner does not run any more, however long it had the lease.</param>
    public static JobStep LoseLease(JobRow job, DateTimeOffset now, JobOptions options, bool ownerIsGone = false)
    {
        if (job.Status != JobStatus.Processing || (job.LeaseUntil > now && !ownerIsGone)) return new(false, job);
        var lost = job with { Owner = null, LastError = job.LastError ?? "The process that ran it did not come back." };
        if (job.CancelRequested) return new(true, Ended(lost, JobStatus.Cancelled, 0, null, now));
        return lost.Attempts >= options.AttemptsMax
            ? new(true, Ended(lost, JobStatus.Failed, 500, lost.LastError, now))
            : new(true, Pending(lost, now));
    }

    /// <summary>Ends a pending job at once, asks the runner of a running one, leaves an ended one. Always won: the row says what came of it.</summary>
    public static JobStep Cancel(JobRow job, DateTimeOffset now) => job.Status switch
    {
        JobStatus.Pending => new(true, Ended(job, JobStatus.Cancelled, 0, null, now)),
        JobStatus.Processing when !job.CancelRequested => new(true, job with { CancelRequested = true }),
        _ => new(true, job),
    };

    /// <summary>An admin makes a failed or cancelled job pending again; the fence goes on growing.</summary>
    public static JobStep Retry(JobRow job, DateTimeOffset now)
    {
        if (job.Status is not (JobStatus.Failed or JobStatus.Cancelled) || IsExpired(job, now)) return new(false, job);
        return new(true, Pending(job, now) with
        {
            Attempts = 0, Drains = 0, WaitingSince = null, EndedAt = null, ExpiresAt = null, StatusCode = 0, LastError = null,
        });
    }

    /// <summary>From the very millisecond of its end on, a result cannot be read.</summary>
    public static bool IsExpired(JobRow job, DateTimeOffset now) => job.ExpiresAt <= now;

    private static bool Holds(JobRow job, long fence) => job.Status == JobStatus.Processing && job.Fence == fence;

    private static JobRow Pending(JobRow job, DateTimeOffset notBefore) =>
        job with { Status = JobStatus.Pending, Owner = null, LeaseUntil = null, CancelRequested = false, NotBefore = notBefore };

    // An end by its runner keeps the owner, so that a repetition is known; no other end has one.
    private static bool EndedByRunner(JobRow job) => job.IsEnded && job.Owner is not null;

    private static JobRow Ended(JobRow job, JobStatus status, int statusCode, string? error, DateTimeOffset now) => job with
    {
        Status = status,
        LeaseUntil = null,
        StatusCode = statusCode,
        LastError = error,
        EndedAt = now,
        ExpiresAt = now.AddSeconds(job.ResultTtlSeconds),
    };
}
