using Bifrost.Abstractions.Keys;
using Bifrost.Core.Catalog;
using Bifrost.Core.Keys;
using Bifrost.Core.Ledger;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Bifrost.Grains.Keys;

/// <summary>
/// One virtual key's admission on the silo that uses it. The rules are <see cref="KeyAdmission"/>'s, the money is the book's: what is
/// lost with an activation are places in flight and the last seconds of the rate windows, never credit.
/// </summary>
[PreferLocalPlacement, Reentrant, GrainType("virtual-key")]
internal sealed class VirtualKeyGrain(
    [PersistentState("virtual-key")] IPersistentState<VirtualKeyState> state,
    ICatalog catalog,
    ILeaseBook book,
    KeyLimits limits,
    TimeProvider time,
    ILogger<VirtualKeyGrain> log) : Grain, IVirtualKeyGrain
{
    /// <summary>Least time between two snapshots.</summary>
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromSeconds(30);

    // Set on activation.
    private KeyAdmission _admission = null!;
    private KeyStateKeeper _keeper = null!;

    // Runs only while there is something to write or to forget: an idle key has no timer.
    private IGrainTimer? _timer;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var id = this.GetPrimaryKeyString();
        _admission = new KeyAdmission(id, catalog, book, time, limits);
        _keeper = new KeyStateKeeper(id, state, _admission, log);
        _keeper.Restore();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _keeper.WriteAsync();

    public Task<AdmitReply> Admit(AdmitRequest request)
    {
        KeepTime();
        return _admission.AdmitAsync(request);
    }

    public Task Settle(Settlement settlement)
    {
        KeepTime();
        return _admission.SettleAsync(settlement);
    }

    public Task<VirtualKeyStatus> Status() => Task.FromResult(_admission.Status());

    private void KeepTime() =>
        _timer ??= this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(SnapshotEvery, SnapshotEvery) { Interleave = true });

    private async Task TickAsync()
    {
        _admission.Sweep();
        await _keeper.WriteAsync();
        if (_keeper.IsDirty || _admission.AttemptsKept > 0) return;
        _timer?.Dispose();
        _timer = null;
    }
}
