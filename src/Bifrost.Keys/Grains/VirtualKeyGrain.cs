using Bifrost.Catalog.Model;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Dashboard;
using Orleans.Placement;

namespace Bifrost.Keys.Grains;

/// <summary>
/// One virtual key's admission on the silo that uses it. The rules are <see cref="KeyAdmission"/>'s, the money is the book's: what is
/// lost with an activation are places in flight and the last seconds of the rate windows, never credit. It lends its admission to the callers of its
/// silo, a second at a time.
/// </summary>
[PreferLocalPlacement, Reentrant, GrainType("virtual-key"), NoProfiling]
internal sealed class VirtualKeyGrain(
    [PersistentState("virtual-key")] IPersistentState<VirtualKeyState> state,
    ICatalog catalog,
    ILeaseBook book,
    KeyLimits limits,
    AccountLimits accountLimits,
    BrokenBounds brokenBounds,
    UnpricedCalls unpriced,
    KeyReferences references,
    TimeProvider time,
    ILogger<VirtualKeyGrain> log) : Grain, IVirtualKeyGrain
{
    /// <summary>Least time between two snapshots.</summary>
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromSeconds(30);

    /// <summary>How often slices of shared windows are looked through.</summary>
    private static readonly TimeSpan ReturnEvery = TimeSpan.FromSeconds(1);

    // Set on activation.
    private KeyAdmission _admission = null!;
    private KeyLoan _loan = null!;
    private SnapshotKeeper<VirtualKeyState> _keeper = null!;

    // Runs only while there is something to write or to forget: an idle key has no timer.
    private IGrainTimer? _timer;

    // Runs only while shared windows are in hand, or may be taken by a borrower of the admission.
    private IGrainTimer? _returns;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var id = this.GetPrimaryKeyString();
        _admission = new KeyAdmission(id, catalog, book, key => GrainFactory.GetGrain<IAccountGrain>(key), brokenBounds, time, limits, accountLimits);
        _loan = new KeyLoan(_admission, unpriced, time);
        _keeper = new SnapshotKeeper<VirtualKeyState>(
            state,
            () => _admission.Changes,
            () => KeyStateMap.ToState(_admission.Snapshot()),
            left => _admission.Merge(KeyStateMap.ToSnapshot(left)),
            e => Log.KeySnapshotLost(log, id, e));
        _keeper.Restore();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _loan.End();
        references.Of(this.GetPrimaryKeyString()).TakeBack(_loan);
        return Task.WhenAll(_keeper.WriteAsync(), _admission.ReturnSharedAsync(all: true));
    }

    public Task<AdmitReply> Admit(AdmitRequest request)
    {
        var reply = _admission.AdmitAsync(request);
        KeepTime();
        Lend();
        return reply;
    }

    public Task Settle(Settlement settlement)
    {
        var posted = _loan.SettleAsync(settlement);
        KeepTime();
        Lend();
        return posted;
    }

    public Task<VirtualKeyStatus> Status() => Task.FromResult(_admission.Status());

    private void Lend()
    {
        _loan.Begin();
        references.Of(this.GetPrimaryKeyString()).Lend(_loan);
    }

    /// <summary>Before the admission is lent: its borrowers rely on the timers.</summary>
    private void KeepTime()
    {
        _timer ??= this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(SnapshotEvery, SnapshotEvery) { Interleave = true });
        if (_returns is null && _admission.SharesWindows)
            _returns = this.RegisterGrainTimer(ReturnAsync, new GrainTimerCreationOptions(ReturnEvery, ReturnEvery) { Interleave = true });
    }

    private async Task ReturnAsync()
    {
        await _admission.ReturnSharedAsync(all: false);

        // The loan first: one that ends between the two looks has left behind what the second sees.
        if (_loan.Runs || _admission.OwesShared) return;
        _returns?.Dispose();
        _returns = null;
    }

    private async Task TickAsync()
    {
        _admission.Sweep();
        await _keeper.WriteAsync();
        if (_admission.OwesShared) KeepTime();
        if (_loan.Runs || _keeper.IsDirty || _admission.AttemptsKept > 0) return;
        _timer?.Dispose();
        _timer = null;
    }
}
