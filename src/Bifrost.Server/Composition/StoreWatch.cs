using Bifrost.Storage;

namespace Bifrost.Server.Composition;

/// <summary>Stops the process when the files of its store are not where they were opened: another process may have what stands there now.</summary>
internal sealed class StoreWatch(Store store, IHostApplicationLifetime process, ILogger<StoreWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var why = await store.Moved.WaitAsync(stoppingToken);
            Log.StoreMoved(log, why);
            process.StopApplication();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped for another reason.
        }
    }
}
