namespace Bifrost.Jobs.Contracts;

/// <summary>
/// The due jobs of one partition (grain key: the partition's number), as a bounded window over the rows. It hands work out round robin
/// between keys. The rows are the truth: what it forgets is found again, and what it hands out twice is leased once.
/// </summary>
[Alias("bifrost.IJobQueueGrain")]
public interface IJobQueueGrain : IGrainWithStringKey
{
    /// <summary>Hands out at most as many due jobs as the runner has room for.</summary>
    [Alias("Pull"), ResponseTimeout("00:00:10")]
    Task<JobPullReply> Pull(JobPull pull);

    /// <summary>A job of this key became due: it need not wait for the next look at the rows.</summary>
    [Alias("Nudge")]
    Task Nudge(string virtualKeyId);

    /// <summary>A handed out job runs no more: its key has a place again.</summary>
    [Alias("Done")]
    Task Done(JobDone done);
}
