using Bifrost.Ledger.Store;
using Bifrost.Storage;

namespace Bifrost.Server.Composition;

/// <summary>Before a cluster's silo joins: waits for the store, and for its schema, which has the tables of membership.</summary>
internal sealed class StoreBeforeSilo(Store store, TimeProvider time, ILogger<StoreBeforeSilo> log) : IHostedService
{
    /// <summary>How long a store may be away, or change its schema; then the start has failed.</summary>
    private static readonly TimeSpan s_waitMax = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var begunAt = time.GetTimestamp();
        while (true)
        {
            try
            {
                await store.PrepareAsync(cancellationToken);
                return;
            }
            catch (StoreUnavailableException away) when (time.GetElapsedTime(begunAt) < s_waitMax)
            {
                Log.WaitsForStore(log, away.Message);
            }

            await Task.Delay(s_pause, time, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
