using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Jobs.Grains;

/// <summary>
/// Clears up behind all partitions: takes lost leases away, and deletes what has expired. In bounded batches, one after the other, so that
/// a long absence does not become one long transaction.
/// </summary>
/// <param name="store">Where the rows are.</param>
/// <param name="options">Sizes and times.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
/// <param name="returned">Told of each job whose lease was taken away.</param>
internal sealed class JobSweeper(IJobStore store, JobOptions options, TimeProvider time, ILogger log, Func<JobRow, Task> returned)
{
    /// <summary>Batches of one run; what is left comes with the next one.</summary>
    private const int BatchesMax = 50;

    private long? _sweptAt;

    public async Task RunAsync()
    {
        try
        {
            await TakeLeasesAsync();
            if (_sweptAt is { } at && time.GetElapsedTime(at) < options.SweepEvery) return;
            _sweptAt = time.GetTimestamp();
            await DeleteAsync();
        }
        catch (StoreUnavailableException e)
        {
            Log.JobSweepFailed(log, e);
        }
    }

    private async Task TakeLeasesAsync()
    {
        for (var batches = 0; batches < BatchesMax; batches++)
        {
            var lost = await store.ExpireLeasesAsync(CancellationToken.None);
            if (lost.Length > 0) Log.JobLeasesLost(log, lost.Length);
            foreach (var job in lost) await TellAsync(job);
            if (lost.Length < options.SweepRowsMax) return;
        }
    }

    private async Task TellAsync(JobRow job)
    {
        try
        {
            await returned(job);
        }
        catch (Exception e)
        {
            // Those who wait look by themselves every few seconds, and so does the queue.
            Log.JobReturnNotTold(log, job.Id, e);
        }
    }

    private async Task DeleteAsync()
    {
        for (var batches = 0; batches < BatchesMax; batches++)
        {
            var swept = await store.SweepAsync(CancellationToken.None);
            if (Math.Max(swept.Jobs, Math.Max(swept.IdempotencyKeys, swept.Deliveries)) < options.SweepRowsMax) return;
        }
    }
}
