using Bifrost.Catalog.Loading;
using Bifrost.Ledger.Leases;

namespace Bifrost.Server.Composition;

/// <summary>
/// Stops the lease book and the catalog after the silo has left its cluster: until then other silos' calls come to the grains that live here, and are
/// admitted and booked by this book.
/// </summary>
internal sealed class LedgerStop(LeaseBook book, CatalogKeeper catalog) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // To its end this process takes over changes of the catalog, so that no barrier waits for it.
        await book.StopAsync(cancellationToken);
        await catalog.DisposeAsync();
    }
}
