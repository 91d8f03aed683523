using Bifrost.Ledger.Signals;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Runner;

/// <summary>
/// Keeps the lease of a running job. Its deadline counts from before the last confirmed call was sent: a runner that cannot confirm the lease by
/// then must take it for lost.
/// </summary>
/// <param name="job">Where the lease is renewed.</param>
/// <param name="run">The run that has it.</param>
/// <param name="options">How often, and how long before its end it is given up.</param>
/// <param name="time">The clock; only what passed on it counts.</param>
/// <param name="log">The log.</param>
/// <param name="stop">Told when the run may not go on.</param>
/// <param name="renewNow">Pulsed when a renewal may have news.</param>
internal sealed class JobRenewal(
    IJobGrain job, JobRun run, JobOptions options, TimeProvider time, ILogger log, Action<JobStop> stop, AsyncSignal renewNow)
{
    private static readonly TimeSpan s_repeatPause = TimeSpan.FromSeconds(1);

    /// <param name="sentAt">When the call that took the lease was sent.</param>
    /// <param name="news">The signal's next pulse, taken before the lease was.</param>
    /// <param name="over">Cancelled when the run is over.</param>
    public async Task RunAsync(long sentAt, Task news, CancellationToken over)
    {
        try
        {
            await KeepAsync(sentAt, news, over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task KeepAsync(long confirmedAt, Task news, CancellationToken over)
    {
        var leaseFor = TimeSpan.FromMilliseconds(run.LeaseMs);
        var pause = options.RenewEvery;
        while (true)
        {
            var left = Left();
            await renewNow.WaitAsync(news, pause < left ? pause : left, time, over);
            over.ThrowIfCancellationRequested();
            left = Left();
            if (left <= TimeSpan.Zero)
            {
                Log.LeaseNotConfirmed(log, run.JobId, run.Fence);
                stop(JobStop.LeaseLost);
                return;
            }

            // Taken before the call: news that come during it are asked for by the next one.
            news = renewNow.Next;
            var sentAt = time.GetTimestamp();
            try
            {
                var reply = await job.Renew(run.Fence).WaitAsync(left, time, over);
                if (!reply.Held)
                {
                    Log.JobLost(log, run.JobId, run.Fence, null);
                    stop(JobStop.LeaseLost);
                    return;
                }

                (confirmedAt, leaseFor, pause) = (sentAt, TimeSpan.FromMilliseconds(reply.LeaseMs), options.RenewEvery);
                if (reply.CancelRequested) stop(JobStop.Cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.JobNotTold(log, run.JobId, e);
                pause = s_repeatPause;
            }
        }

        TimeSpan Left() => leaseFor - options.LeaseMargin - time.GetElapsedTime(confirmedAt);
    }
}
