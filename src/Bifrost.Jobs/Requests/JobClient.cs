using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bifrost.Jobs.Requests;

/// <summary>
/// Speaks with the grains of jobs. What goes wrong on the way is a 503 that says what is known. A long poll ends early when the client
/// leaves, and answers as things stand when the process stops.
/// </summary>
public sealed class JobClient(IGrainFactory grains, IHostApplicationLifetime life, JobOptions options, JobMetrics metrics, ILogger<JobClient> log)
{
    /// <summary>A submission is the same however often it is delivered, so a lost answer is repeated here.</summary>
    private const int SubmitTriesMax = 2;

    public async Task<(JobSubmitReply? Reply, GatewayError? Error)> SubmitAsync(JobSubmission submission)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return (await Of(submission.JobId).Submit(submission).ConfigureAwait(false), null);
            }
            catch (Exception e)
            {
                Log.JobCallFailed(log, "submit", submission.JobId, e);
                if (tries >= SubmitTriesMax) return (null, JobErrors.SubmitUnknown);
            }
        }
    }

    /// <summary>The job as it stands, or as it ended within the wait.</summary>
    /// <param name="jobId">Which.</param>
    /// <param name="virtualKeyId">Whose; null: an admin asks.</param>
    /// <param name="wait">How long to wait for its end.</param>
    /// <param name="left">Cancelled when the client left.</param>
    public async Task<(JobView? Job, GatewayError? Error)> PollAsync(Guid jobId, string? virtualKeyId, TimeSpan wait, CancellationToken left)
    {
        var poll = new JobPoll { VirtualKeyId = virtualKeyId, WaitMs = (int)Math.Clamp(wait.TotalMilliseconds, 0, options.PollWaitMax.TotalMilliseconds) };
        try
        {
            return Found(await PollAsync(jobId, poll, left).ConfigureAwait(false));
        }
        catch (Exception e) when (!left.IsCancellationRequested)
        {
            Log.JobCallFailed(log, "poll", jobId, e);
            return (null, JobErrors.StoreAway);
        }
    }

    /// <summary>Cancels; the job as it then is.</summary>
    public async Task<(JobView? Job, GatewayError? Error)> CancelAsync(Guid jobId, string? virtualKeyId)
    {
        try
        {
            return Found(await Of(jobId).Cancel(new JobPoll { VirtualKeyId = virtualKeyId }).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            Log.JobCallFailed(log, "cancel", jobId, e);
            return (null, JobErrors.StoreAway);
        }
    }

    /// <summary>Makes a failed or cancelled job pending again; the job as it then is.</summary>
    public async Task<(JobView? Job, GatewayError? Error)> RetryAsync(Guid jobId)
    {
        try
        {
            return Found(await Of(jobId).Retry().ConfigureAwait(false));
        }
        catch (Exception e)
        {
            Log.JobCallFailed(log, "retry", jobId, e);
            return (null, JobErrors.StoreAway);
        }
    }

    private async Task<JobView?> PollAsync(Guid jobId, JobPoll poll, CancellationToken left)
    {
        if (poll.WaitMs == 0) return await Of(jobId).Poll(poll).WaitAsync(left).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(left, life.ApplicationStopping);
        metrics.PollBegins();
        try
        {
            return await Of(jobId).Poll(poll).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!left.IsCancellationRequested)
        {
            return await Of(jobId).Poll(poll with { WaitMs = 0 }).WaitAsync(left).ConfigureAwait(false);
        }
        finally
        {
            metrics.PollEnds();
        }
    }

    private IJobGrain Of(Guid jobId) => grains.GetGrain<IJobGrain>(JobIds.ToText(jobId));

    private static (JobView?, GatewayError?) Found(JobView? job) => job is null ? (null, JobErrors.NotFound) : (job, null);
}
