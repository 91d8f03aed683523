using Bifrost.Catalog.Grains;
using Microsoft.Extensions.Logging;

namespace Bifrost.Catalog.Loading;

/// <summary>
/// Announces catalog versions between the silos of a cluster. Announcements may be lost: the heartbeat tells the version too, within a second. A process on its
/// own has none (<see cref="Alone"/>).
/// </summary>
public sealed class CatalogAnnouncer
{
    public static readonly CatalogAnnouncer Alone = new();

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly ICatalogGrain? _grain;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly ILogger? _log;

    public CatalogAnnouncer(IGrainFactory grains, TimeProvider time, ILogger<CatalogAnnouncer> log) =>
        (_grain, _time, _log) = (grains.GetGrain<ICatalogGrain>(ICatalogGrain.Key), time, log);

    private CatalogAnnouncer()
    {
    }

    /// <summary>Tells the other silos of a version; does not wait for them.</summary>
    public void Announce(long version)
    {
        if (_grain is not null) _ = AnnounceAsync(_grain, version);
    }

    /// <summary>Calls <paramref name="heard"/> with every newer version that is announced, until cancelled.</summary>
    public async Task ListenAsync(long seen, Action<long> heard, CancellationToken cancel)
    {
        if (_grain is null) return;
        var failed = false;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var version = await _grain.WaitBeyond(seen).WaitAsync(cancel);
                failed = false;
                if (version <= seen) continue;
                seen = version;
                heard(version);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!failed && _log is not null) Log.AnnouncerAway(_log, e);
                failed = true;
                await Task.Delay(s_pause, _time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AnnounceAsync(ICatalogGrain grain, long version)
    {
        try
        {
            await grain.Announce(version);
        }
        catch (Exception e)
        {
            if (_log is not null) Log.AnnouncerAway(_log, e);
        }
    }
}
