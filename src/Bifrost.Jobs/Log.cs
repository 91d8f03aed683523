using Bifrost.Jobs.Contracts;
using Microsoft.Extensions.Logging;

namespace Bifrost.Jobs;

/// <summary>Log messages of jobs: event ids 3300 to 3399 for requests and grains, 6100 to 6199 for the runner and webhooks.</summary>
internal static partial class Log
{
    [LoggerMessage(3310, LogLevel.Warning, "The {Call} of job {JobId} came to nothing.")]
    public static partial void JobCallFailed(ILogger logger, string call, Guid jobId, Exception exception);

    [LoggerMessage(3300, LogLevel.Warning, "The due jobs of partition {Partition} could not be read; the next pull tries again")]
    public static partial void JobQueueBlind(ILogger logger, int partition, Exception exception);

    [LoggerMessage(3301, LogLevel.Warning, "Jobs could not be swept; the next sweep makes up for it")]
    public static partial void JobSweepFailed(ILogger logger, Exception exception);

    [LoggerMessage(3302, LogLevel.Warning, "{Jobs} jobs were taken from runners that did not renew their leases")]
    public static partial void JobLeasesLost(ILogger logger, int jobs);

    [LoggerMessage(3303, LogLevel.Debug, "Nobody could be told that job {JobId} was taken from its runner")]
    public static partial void JobReturnNotTold(ILogger logger, Guid jobId, Exception exception);

    [LoggerMessage(6100, LogLevel.Warning, "Partition {Partition} could not be asked for jobs; the next pump tries again")]
    public static partial void PullFailed(ILogger logger, int partition, Exception exception);

    [LoggerMessage(6101, LogLevel.Error, "The run of job {JobId} broke off")]
    public static partial void JobBroke(ILogger logger, Guid jobId, Exception exception);

    [LoggerMessage(6102, LogLevel.Debug, "The queue could not be told that job {JobId} runs no more; it finds out by itself")]
    public static partial void DoneNotTold(ILogger logger, Guid jobId, Exception exception);

    [LoggerMessage(6103, LogLevel.Warning, "Job {JobId} was taken from its run of fence {Fence} (it is now {Status}); what the run says is dropped")]
    public static partial void JobLost(ILogger logger, Guid jobId, long fence, JobStatus? status);

    [LoggerMessage(6104, LogLevel.Warning, "The lease of job {JobId}, fence {Fence}, was not confirmed in time; its call is cancelled")]
    public static partial void LeaseNotConfirmed(ILogger logger, Guid jobId, long fence);

    [LoggerMessage(6105, LogLevel.Warning, "A call about job {JobId} got no answer; it is repeated")]
    public static partial void JobNotTold(ILogger logger, Guid jobId, Exception exception);

    [LoggerMessage(6106, LogLevel.Warning, "{Jobs} jobs were still running when the process stopped; they are taken back when their leases end")]
    public static partial void JobsLeft(ILogger logger, int jobs);

    [LoggerMessage(6107, LogLevel.Warning, "The number of partitions could not be read; no job runs here before it is known")]
    public static partial void PartitionsNotRead(ILogger logger, Exception exception);

    [LoggerMessage(6108, LogLevel.Critical, "Stopping: {Refusal}")]
    public static partial void PartitionsRefused(ILogger logger, string refusal);

    [LoggerMessage(6120, LogLevel.Warning, "Webhook deliveries could not be read or written; the next look makes up for it")]
    public static partial void DeliveriesNotRead(ILogger logger, Exception exception);

    [LoggerMessage(6121, LogLevel.Warning, "The end of job {JobId} was not told to webhook endpoint {Endpoint} in {Tries} tries: {Error}")]
    public static partial void DeliveryDead(ILogger logger, Guid jobId, string endpoint, int tries, string error);
}
