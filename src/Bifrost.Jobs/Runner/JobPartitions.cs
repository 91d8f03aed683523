using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Runner;

/// <summary>
/// Holds the number of partitions to the one that the store was begun with: rows of another number would never be found. A store that is
/// away does not hold up the start.
/// </summary>
public sealed class JobPartitions(IJobStore store, JobOptions options, TimeProvider time, IHostApplicationLifetime life, ILogger<JobPartitions> log)
{
    private static readonly TimeSpan s_tryEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_startWaitMax = TimeSpan.FromSeconds(5);

    // Set as the last step of asking, so its continuations may run inline.
    private readonly TaskCompletionSource _fixed = new();

    /// <summary>Completes when jobs may be asked for.</summary>
    public Task Fixed => _fixed.Task;

    /// <exception cref="StoreRefusedException">The store was begun with another number.</exception>
    public async Task FixAsync(CancellationToken cancel)
    {
        var asking = AskAsync();
        try
        {
            if (await asking.WaitAsync(s_startWaitMax, time, cancel) is { } refusal) throw new StoreRefusedException(refusal);
        }
        catch (TimeoutException)
        {
            _ = StopLaterAsync(asking);
        }
    }

    private async Task<string?> AskAsync()
    {
        while (true)
        {
            try
            {
                var kept = await store.FixPartitionsAsync(options.Partitions, life.ApplicationStopping);
                if (kept != options.Partitions)
                {
                    return $"jobs.partitions is {options.Partitions}, and this store was begun with {kept}; set it to {kept}, "
                        + "for the jobs in the store are spread over so many";
                }

                _fixed.TrySetResult();
                return null;
            }
            catch (StoreUnavailableException e)
            {
                Log.PartitionsNotRead(log, e);
            }

            await Task.Delay(s_tryEvery, time, life.ApplicationStopping);
        }
    }

    private async Task StopLaterAsync(Task<string?> asking)
    {
        try
        {
            if (await asking is not { } refusal) return;
            Log.PartitionsRefused(log, refusal);
            life.StopApplication();
        }
        catch (OperationCanceledException)
        {
            // The process stops before the store came back.
        }
    }
}
