using Bifrost.Calls.Limits;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bifrost.Jobs.Requests;

/// <summary>
/// Speaks with the grains of jobs. What goes wrong on the way is a 503 that says what is known. A long poll ends early when the client
/// leaves, and answers as things stand when the process stops.
/// </summary>
public sealed class JobClient(
    IGrainFactory grains,
    IJobStore store,
    AnswerRoom room,
    IHostApplicationLifetime life,
    JobOptions options,
    JobMetrics metrics,
    TimeProvider time,
    ILogger<JobClient> log)
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
    /// <param name="keep">Takes over what a large answer has of the room for answers, to dispose it once that is sent.</param>
    /// <param name="left">Cancelled when the client left.</param>
    public async Task<(JobView? Job, GatewayError? Error)> PollAsync(
        Guid jobId, string? virtualKeyId, TimeSpan wait, Action<IDisposable> keep, CancellationToken left)
    {
        var poll = new JobPoll { VirtualKeyId = virtualKeyId, WaitMs = (int)Math.Clamp(wait.TotalMilliseconds, 0, options.PollWaitMax.TotalMilliseconds) };
        try
        {
            return await FilledAsync(await PollAsync(jobId, poll, left).ConfigureAwait(false), virtualKeyId, keep, left).ConfigureAwait(false);
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

    /// <summary>The job with its answer, where that was left in the store for its size: read once there is room for it and for its packed form.</summary>
    private async Task<(JobView? Job, GatewayError? Error)> FilledAsync(JobView? job, string? virtualKeyId, Action<IDisposable> keep, CancellationToken left)
    {
        if (job is not { OutcomeBytes: > 0 }) return Found(job);
        var claim = new AnswerClaim(room, virtualKeyId ?? "admin");
        keep(claim);
        using var limit = new CancellationTokenSource(options.PollWaitMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(left, limit.Token);
        try
        {
            await claim.TakeAsync(2L * job.OutcomeBytes, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!left.IsCancellationRequested)
        {
            return (null, JobErrors.AnswersBusy);
        }

        var outcome = await store.ReadOutcomeAsync(job.JobId, left).ConfigureAwait(false);
        claim.Shrink(job.OutcomeBytes);
        return outcome is null ? (null, JobErrors.NotFound) : (job with { Outcome = outcome }, null);
    }

    private IJobGrain Of(Guid jobId) => grains.GetGrain<IJobGrain>(JobIds.ToText(jobId));

    private static (JobView?, GatewayError?) Found(JobView? job) => job is null ? (null, JobErrors.NotFound) : (job, null);
}
