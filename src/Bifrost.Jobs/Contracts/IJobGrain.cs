namespace Bifrost.Jobs.Contracts;

/// <summary>
/// One job (grain key: the job's id, lower case with dashes). The row in the store is the truth, and two activations do no
/// harm: this is where those who poll, cancel and run a job meet, and its answers come from memory. Calls that change something may be
/// repeated: a repeated call answers the same.
/// </summary>
[Alias("bifrost.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Completes when the row is durable. Refusals are values.</summary>
    [Alias("Submit")]
    Task<JobSubmitReply> Submit(JobSubmission submission);

    /// <summary>The job as it stands, waiting for its end as long as asked and allowed; null: unknown, expired, or another key's.</summary>
    [Alias("Poll"), ResponseTimeout("00:01:30")]
    Task<JobView?> Poll(JobPoll poll);

    /// <summary>
    /// Cancels: a pending job at once, a running one by its runner. Answers the job as it then is (an ended one unchanged); null: unknown,
    /// expired, or another key's.
    /// </summary>
    [Alias("Cancel")]
    Task<JobView?> Cancel(JobPoll caller);

    /// <summary>Makes a failed or cancelled job pending again, its runs forgotten (admin). Answers the job as it then is; null: unknown or expired.</summary>
    [Alias("Retry")]
    Task<JobView?> Retry();

    /// <summary>A runner leases the job it was handed.</summary>
    [Alias("Start")]
    Task<JobStartReply> Start(JobStart start);

    /// <summary>The runner of this fence wants to go on.</summary>
    [Alias("Renew"), ResponseTimeout("00:00:05")]
    Task<JobRenewReply> Renew(long fence);

    /// <summary>The runner of this fence ends the job.</summary>
    [Alias("End")]
    Task<JobEndReply> End(JobEnd end);

    /// <summary>The runner of this fence gives the job back.</summary>
    [Alias("PutBack")]
    Task<JobEndReply> PutBack(JobPutBack putBack);

    /// <summary>The row changed past this activation (a sweep took a lost lease away, an admin acted): read it again, wake who waits.</summary>
    [Alias("Changed")]
    Task Changed();
}
