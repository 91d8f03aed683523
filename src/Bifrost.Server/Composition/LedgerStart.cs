using Bifrost.Catalog.Loading;
using Bifrost.Ledger.Leases;

namespace Bifrost.Server.Composition;

/// <summary>Starts the lease book and the catalog when the silo is there, before the first request comes.</summary>
internal sealed class LedgerStart(LeaseBook book, CatalogKeeper catalog, TimeProvider time) : IHostedService
{
    /// <summary>A store that is away does not hold up the start: requests are answered 503 until it is back.</summary>
    private static readonly TimeSpan s_loadWaitMax = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await book.StartAsync(cancellationToken);
        catalog.Start();
        try
        {
            await catalog.Loaded.WaitAsync(s_loadWaitMax, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The keeper has logged why, and goes on trying.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
