using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Signals;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;
using Microsoft.Extensions.Logging;

namespace Bifrost.Catalog.Loading;

/// <summary>
/// Keeps this silo's catalog at the store's version (ledger, the catalog barrier): brings in the configuration once, then loads what
/// changed whenever a heartbeat, the catalog grain or this silo's own admin tells of a newer version, swaps the snapshot, and lets the lease
/// book acknowledge it. The store may be away; until the first load nothing is admitted.
/// </summary>
public sealed class CatalogKeeper : IAsyncDisposable
{
    private static readonly TimeSpan s_pauseMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(2);

    private readonly ICatalogStore _store;
    private readonly ILeaseBook _book;
    private readonly CatalogHolder _holder;
    private readonly CatalogSnapshot _configured;
    private readonly CatalogAnnouncer _announcer;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CatalogMirror _mirror;
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AsyncSignal _told = new();
    private readonly AsyncSignal _taken = new();
    private readonly Lock _gate = new();
    private Task _loop = Task.CompletedTask;
    private Dictionary<string, long> _limits = [];

    // Written under _gate; only grows.
    private long _toldVersion;
    private bool _ended;

    public CatalogKeeper(
        ICatalogStore store, ILeaseBook book, CatalogHolder holder, ConfiguredCatalog configured, CatalogAnnouncer announcer, TimeProvider time,
        ILogger<CatalogKeeper> log)
    {
        (_store, _book, _holder, _configured, _announcer, _time, _log) = (store, book, holder, configured.Catalog, announcer, time, log);
        _mirror = new CatalogMirror(configured.Catalog, configured.BuiltInPrices);
    }

    /// <summary>Completes when the catalog was loaded for the first time.</summary>
    public Task Loaded => _loaded.Task;

    public void Start() => _loop = Task.WhenAll(KeepAsync(), _announcer.ListenAsync(0, Tell, _ending.Token));

    /// <summary>Ends the loop; may be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, true)) return;
        await _ending.CancelAsync();
        await _loop;
        _ending.Dispose();
    }

    /// <summary>Says that the store has reached a version, so that it is loaded at once.</summary>
    public void Tell(long version)
    {
        lock (_gate)
        {
            if (version <= _toldVersion) return;
            _toldVersion = version;
        }

        _told.Pulse();
    }

    /// <summary>Completes with true when this silo works by <paramref name="version"/>; with false when it does not in time.</summary>
    public async Task<bool> ReachAsync(long version, TimeSpan wait)
    {
        var begunAt = _time.GetTimestamp();
        while (true)
        {
            var taken = _taken.Next;
            if (_loaded.Task.IsCompleted && _holder.Current.Version >= version) return true;
            var left = wait - _time.GetElapsedTime(begunAt);
            if (left <= TimeSpan.Zero) return false;
            await _taken.WaitAsync(taken, left, _time);
        }
    }

    private async Task KeepAsync()
    {
        var seeds = CatalogSeeds.Of(_configured);
        var pause = s_pauseMin;
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                if (!seeds.IsEmpty)
                {
                    await _store.SeedAsync(seeds, _ending.Token);
                    seeds = [];
                }

                var rows = await _store.LoadAsync(_mirror.Version, _ending.Token);
                if (rows.Version != _mirror.Version || !_loaded.Task.IsCompleted) Take(_mirror.Apply(rows));
                pause = s_pauseMin;
                await NewsAsync();
            }
            catch (Exception) when (_ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A catalog that cannot be read must not end the loop: no barrier passes this silo by until it can.
                Log.CatalogNotLoaded(_log, (long)pause.TotalMilliseconds, e);
                await Task.Delay(pause, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < s_pauseMax ? pause * 2 : s_pauseMax;
            }
        }
    }

    /// <summary>Waits until somebody tells of a version beyond the one that was loaded.</summary>
    private async Task NewsAsync()
    {
        var told = _told.Next;
        if (Volatile.Read(ref _toldVersion) > _mirror.Version) return;
        using var round = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        var beyond = _book.CatalogBeyondAsync(_mirror.Version, round.Token);
        await Task.WhenAny(beyond, told);
        await round.CancelAsync();
        _ending.Token.ThrowIfCancellationRequested();
    }

    private void Take(CatalogSnapshot snapshot)
    {
        _holder.Swap(snapshot);
        var (before, now) = (_limits, LimitsOf(snapshot));
        _book.TakeCatalog(snapshot.Version, chain => chain.Ids.All(Fits));
        _limits = now;
        Log.CatalogTaken(_log, snapshot.Version, snapshot.VirtualKeys.Count);
        if (_loaded.TrySetResult()) WarnOfProvidersWithoutPrices(snapshot);
        _taken.Pulse();

        // Credit that was granted by a higher limit is spent no more, or calls would be admitted that the limit forbids by now.
        bool Fits(string budget) => now.TryGetValue(budget, out var limit) && limit >= before.GetValueOrDefault(budget);
    }

    /// <summary>Once: later changes are an operator's own.</summary>
    private void WarnOfProvidersWithoutPrices(CatalogSnapshot snapshot)
    {
        var fate = snapshot.Settings.Unpriced switch
        {
            UnpricedRule.Allow => "allowed and cost a budget nothing",
            UnpricedRule.Refuse => "refused",
            _ => "refused under a budget",
        };
        foreach (var provider in snapshot.ProvidersWithoutPrices()) Log.ProviderUnpriced(_log, provider, fate, $"{provider}/*");
    }

    private static Dictionary<string, long> LimitsOf(CatalogSnapshot snapshot)
    {
        var limits = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var customer in snapshot.Customers.Values) Add(customer.Budgets);
        foreach (var team in snapshot.Teams.Values) Add(team.Budgets);
        foreach (var limit in snapshot.GlobalLimits) Add(limit.Budgets);
        foreach (var key in snapshot.VirtualKeys.Values)
        {
            Add(key.Budgets);
            foreach (var config in key.Providers) Add(config.Budgets);
        }

        return limits;

        void Add(ImmutableArray<Budget> budgets)
        {
            foreach (var budget in budgets) limits[budget.Id] = budget.LimitNanos;
        }
    }
}

/// <summary>What the process was configured with.</summary>
/// <param name="Catalog">Providers, settings, and the objects to bring into the store.</param>
/// <param name="BuiltInPrices">Prices that hold where nobody configured one, by <c>provider/model</c>.</param>
public sealed record ConfiguredCatalog(CatalogSnapshot Catalog, FrozenDictionary<string, ModelPrice> BuiltInPrices);
