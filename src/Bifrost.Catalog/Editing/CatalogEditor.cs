using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Catalog.Editing;

/// <summary>
/// Admin changes of the catalog, from any silo. A change is decided on a snapshot and written only if the catalog is still at that
/// version, else decided again, so that no change undoes another one. It is done when every live silo works by it (ledger, the
/// catalog barrier). Once it is on its way it is not cancelled by the caller's leaving.
/// </summary>
public sealed class CatalogEditor(
    ICatalogStore store, CatalogHolder holder, CatalogKeeper keeper, CatalogAnnouncer announcer, LedgerOptions options, TimeProvider time,
    ILogger<CatalogEditor> log)
{
    /// <summary>How often one change is decided anew because other silos' changes came first.</summary>
    private const int TriesMax = 20;

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(25);

    // One change of this silo at a time: the next one is decided on its outcome.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>
    /// Decides, writes, and waits for every silo. <paramref name="decide"/> may be called again and must be safe for it: it makes ids and
    /// secrets beforehand, and finds its own earlier write as one to repeat.
    /// </summary>
    /// <returns>Null when all is done, else the refusal.</returns>
    /// <exception cref="StoreUnavailableException">Whether the change was made is not known; repeating it is safe.</exception>
    public async Task<GatewayError?> EditAsync(Func<CatalogSnapshot, CatalogEdit> decide)
    {
        ArgumentNullException.ThrowIfNull(decide);
        if (!keeper.Loaded.IsCompleted) return EditErrors.NotLoaded;
        var (version, error) = await WriteAsync(decide);
        return error ?? await PassBarrierAsync(version);
    }

    /// <summary>Adds audit entries that go with no change of the catalog.</summary>
    public Task AuditAsync(params ReadOnlySpan<AuditEntry> entries) =>
        store.ApplyAsync(new CatalogChange { Audit = [.. entries] }, CancellationToken.None);

    private async Task<(long Version, GatewayError? Error)> WriteAsync(Func<CatalogSnapshot, CatalogEdit> decide)
    {
        if (!await _turn.WaitAsync(WaitMax)) return (0, EditErrors.Busy);
        try
        {
            for (var tries = 0; tries < TriesMax; tries++)
            {
                var decidedOn = holder.Current;
                var edit = decide(decidedOn);
                if (edit.Change is not { } change) return (0, edit.Error);
                var commit = await store.ApplyAsync(change with { BaseVersion = decidedOn.Version }, CancellationToken.None);
                keeper.Tell(commit.Version);
                if (!commit.Stale) announcer.Announce(commit.Version);
                if (!await keeper.ReachAsync(commit.Version, WaitMax)) return (commit.Version, commit.Stale ? EditErrors.NotLoaded : null);
                if (!commit.Stale) return (commit.Version, null);
            }

            return (0, EditErrors.Busy);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<GatewayError?> PassBarrierAsync(long version)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var behind = await store.ReadBehindAsync(version, CancellationToken.None);
            if (behind.IsEmpty) return null;
            if (time.GetElapsedTime(began) >= WaitMax)
            {
                Log.BarrierHeldUp(log, version, behind[0].Holder, behind[0].Seen);
                return EditErrors.HeldUp(version, behind[0]);
            }

            await Task.Delay(s_poll, time);
        }
    }

    /// <summary>A holder is past its time, or has taken the version, well within this.</summary>
    private TimeSpan WaitMax => options.HolderTtl * 2;
}
