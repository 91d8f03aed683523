using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bifrost.Keys.Bounds;

/// <summary>Brings broken bounds into the catalog, so that every silo acts on them and a restart does not forget them.</summary>
public sealed class BrokenBoundKeeper(BrokenBounds bounds, CatalogEditor editor, TimeProvider time, ILogger<BrokenBoundKeeper> log)
    : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var raised = bounds.Raised.Next;
            foreach (var broken in bounds.Pending) await TellAsync(broken);
            if (bounds.Pending.Count == 0) await bounds.Raised.WaitAsync(raised, Timeout.InfiniteTimeSpan, time, stoppingToken);
            else await Task.Delay(s_pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TellAsync(BrokenBound broken)
    {
        try
        {
            var error = await editor.EditAsync(catalog =>
                catalog.BrokenBounds.TryGetValue(broken.Model, out var known) && known.Thousandths >= broken.Thousandths
                    ? default
                    : CatalogEdit.Of(new CatalogChange { Upserts = [CatalogSeeds.Of(broken)] }));
            if (error is not null) return;
            bounds.Told(broken);
            Log.BoundBroken(log, broken.Model, broken.Thousandths);
        }
        catch (Exception e)
        {
            Log.BrokenBoundNotStored(log, broken.Model, e);
        }
    }
}
