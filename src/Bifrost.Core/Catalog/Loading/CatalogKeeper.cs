using Bifrost.Core.Catalog.Store;
using Bifrost.Core.Ledger;
using Microsoft.Extensions.Logging;

namespace Bifrost.Core.Catalog.Loading;

/// <summary>
/// Keeps this silo's catalog at the store's version (ledger, the catalog barrier): brings in the configuration once, then reloads
/// whenever a heartbeat tells of a newer version, swaps the snapshot, and lets the lease book acknowledge it. The store may be away;
/// until the first load nothing is admitted.
/// </summary>
public sealed class CatalogKeeper(
    ICatalogStore store, ILeaseBook book, CatalogHolder holder, CatalogSnapshot configured, TimeProvider time, ILogger<CatalogKeeper> log)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_pauseMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(2);

    // Never disposed: it has no timer, and the keeper may be told to end more than once.
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;

    /// <summary>Completes when the catalog was loaded for the first time.</summary>
    public Task Loaded => _loaded.Task;

    public void Start() => _loop = KeepAsync();

    /// <summary>Ends the loop; may be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _loop;
    }

    private async Task KeepAsync()
    {
        var seeds = CatalogSeeds.Of(configured);
        var pause = s_pauseMin;
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                if (!seeds.IsEmpty)
                {
                    await store.SeedAsync(seeds, _ending.Token);
                    seeds = [];
                }

                Take(CatalogAssembler.Assemble(await store.LoadAsync(0, _ending.Token), configured));
                pause = s_pauseMin;
                await book.CatalogBeyondAsync(holder.Current.Version, _ending.Token);
            }
            catch (Exception) when (_ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A catalog that cannot be read must not end the loop: the barrier stops admissions until it can.
                Log.CatalogNotLoaded(log, (long)pause.TotalMilliseconds, e);
                pause = await PauseAsync(pause);
            }
        }
    }

    private void Take(CatalogSnapshot snapshot)
    {
        holder.Swap(snapshot);
        var budgets = BudgetIds(snapshot);
        book.TakeCatalog(snapshot.Version, chain => chain.Ids.All(budgets.Contains));
        Log.CatalogTaken(log, snapshot.Version, snapshot.VirtualKeys.Count);
        _loaded.TrySetResult();
    }

    private static HashSet<string> BudgetIds(CatalogSnapshot snapshot)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var customer in snapshot.Customers.Values) Add(customer.Budgets);
        foreach (var team in snapshot.Teams.Values) Add(team.Budgets);
        foreach (var limit in snapshot.GlobalLimits) Add(limit.Budgets);
        foreach (var key in snapshot.VirtualKeys.Values)
        {
            Add(key.Budgets);
            foreach (var config in key.Providers) Add(config.Budgets);
        }

        return ids;

        void Add(ImmutableArray<Budget> budgets)
        {
            foreach (var budget in budgets) ids.Add(budget.Id);
        }
    }

    private async Task<TimeSpan> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, time, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop's condition ends it.
        }

        return pause * 2 < s_pauseMax ? pause * 2 : s_pauseMax;
    }
}
