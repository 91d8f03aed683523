using Bifrost.Catalog.Model;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Bifrost.Keys.Grains;

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
    AccountLimits accountLimits,
    BrokenBounds brokenBounds,
    UnpricedCalls unpriced,
    TimeProvider time,
    ILogger<VirtualKeyGrain> log) : Grain, IVirtualKeyGrain
{
    /// <summary>Least time between two snapshots.</summary>
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromSeconds(30);

    /// <summary>How often slices of shared windows are looked through.</summary>
    private static readonly TimeSpan ReturnEvery = TimeSpan.FromSeconds(1);

    // Set on activation.
    private KeyAdmission _admission = null!;
    private SnapshotKeeper<VirtualKeyState> _keeper = null!;

    // Runs only while there is something to write or to forget: an idle key has no timer.
    private IGrainTimer? _timer;

    // Runs only while shared windows are in hand.
    private IGrainTimer? _returns;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var id = this.GetPrimaryKeyString();
        _admission = new KeyAdmission(id, catalog, book, key => GrainFactory.GetGrain<IAccountGrain>(key), brokenBounds, time, limits, accountLimits);
        _keeper = new SnapshotKeeper<VirtualKeyState>(
            state,
            () => _admission.Changes,
            () => KeyStateMap.ToState(_admission.Snapshot()),
            left => _admission.Merge(KeyStateMap.ToSnapshot(left)),
            e => Log.KeySnapshotLost(log, id, e));
        _keeper.Restore();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        Task.WhenAll(_keeper.WriteAsync(), _admission.ReturnSharedAsync(all: true));

    public Task<AdmitReply> Admit(AdmitRequest request)
    {
        var reply = _admission.AdmitAsync(request);
        KeepTime();
        return reply;
    }

    public Task Settle(Settlement settlement)
    {
        if (settlement is { Unpriced: true, Outcome: not AttemptOutcome.NotSent }) unpriced.Count(settlement.Provider, settlement.Model);
        var posted = _admission.SettleAsync(settlement);
        KeepTime();
        return posted;
    }

    public Task<VirtualKeyStatus> Status() => Task.FromResult(_admission.Status());

    private void KeepTime()
    {
        _timer ??= this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(SnapshotEvery, SnapshotEvery) { Interleave = true });
        if (_returns is null && _admission.OwesShared)
            _returns = this.RegisterGrainTimer(ReturnAsync, new GrainTimerCreationOptions(ReturnEvery, ReturnEvery) { Interleave = true });
    }

    private async Task ReturnAsync()
    {
        await _admission.ReturnSharedAsync(all: false);
        if (_admission.OwesShared) return;
        _returns?.Dispose();
        _returns = null;
    }

    private async Task TickAsync()
    {
        _admission.Sweep();
        await _keeper.WriteAsync();
        if (_keeper.IsDirty || _admission.AttemptsKept > 0) return;
        _timer?.Dispose();
        _timer = null;
    }
}
