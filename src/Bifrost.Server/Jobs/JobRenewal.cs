using Bifrost.Abstractions.Jobs;

namespace Bifrost.Server.Jobs;

/// <summary>
/// Keeps the lease of a running job. Its deadline counts from before the last confirmed call was sent: whoever cannot confirm the lease by
/// then must hold it to be another's.
/// </summary>
internal sealed class JobRenewal(JobTools tools, IJobGrain job, JobRun run, JobAttempt attempt, SemaphoreSlim renewNow)
{
    private static readonly TimeSpan s_repeatPause = TimeSpan.FromSeconds(1);

    /// <param name="sentAt">When the call that took the lease was sent.</param>
    /// <param name="over">Cancelled when the run is over.</param>
    public async Task RunAsync(long sentAt, CancellationToken over)
    {
        try
        {
            await KeepAsync(sentAt, over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task KeepAsync(long confirmedAt, CancellationToken over)
    {
        var leaseFor = TimeSpan.FromMilliseconds(run.LeaseMs);
        var pause = tools.Options.RenewEvery;
        while (true)
        {
            var left = Left();
            await SleepAsync(pause < left ? pause : left, over);
            left = Left();
            if (left <= TimeSpan.Zero)
            {
                Log.LeaseNotConfirmed(tools.Log, run.JobId, run.Fence);
                attempt.Stop(JobStop.LeaseLost);
                return;
            }

            var sentAt = tools.Time.GetTimestamp();
            try
            {
                var reply = await job.Renew(run.Fence).WaitAsync(left, tools.Time, over);
                if (!reply.Held)
                {
                    Log.JobLost(tools.Log, run.JobId, run.Fence, null);
                    attempt.Stop(JobStop.LeaseLost);
                    return;
                }

                (confirmedAt, leaseFor, pause) = (sentAt, TimeSpan.FromMilliseconds(reply.LeaseMs), tools.Options.RenewEvery);
                if (reply.CancelRequested) attempt.Stop(JobStop.Cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.JobNotTold(tools.Log, run.JobId, e);
                pause = s_repeatPause;
            }
        }

        TimeSpan Left() => leaseFor - tools.Options.LeaseMargin - tools.Time.GetElapsedTime(confirmedAt);
    }

    private async Task SleepAsync(TimeSpan pause, CancellationToken over)
    {
        if (pause <= TimeSpan.Zero) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over);
        await Task.WhenAny(renewNow.WaitAsync(either.Token), Task.Delay(pause, tools.Time, either.Token));
        await either.CancelAsync();
        over.ThrowIfCancellationRequested();
    }
}
