using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Dashboard;

namespace Bifrost.Keys.Grains;

/// <summary>
/// One account's shared windows. The rules are <see cref="AccountWindows"/>'s; no call awaits anything, and reentrancy only keeps a slow
/// snapshot from holding calls up.
/// </summary>
[Reentrant, GrainType("account"), NoProfiling]
internal sealed class AccountGrain(
    [PersistentState("account")] IPersistentState<AccountState> state,
    ICatalog catalog,
    AccountLimits limits,
    TimeProvider time,
    ILogger<AccountGrain> log) : Grain, IAccountGrain
{
    /// <summary>Least time between two snapshots.</summary>
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromSeconds(30);

    private readonly AccountWindows _windows = new(limits);

    // Set on activation.
    private string _key = "";
    private SnapshotKeeper<AccountState> _keeper = null!;

    // Runs only while there is something to write or to forget.
    private IGrainTimer? _timer;

    // What the catalog said, for one snapshot of it.
    private CatalogSnapshot? _limitOf;
    private RateLimit? _limit;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = this.GetPrimaryKeyString();
        _keeper = new SnapshotKeeper<AccountState>(
            state,
            () => _windows.Changes,
            () => AccountStateMap.ToState(_windows.Snapshot()),
            left => _windows.Merge(AccountStateMap.ToSnapshot(left), time.GetUtcNow()),
            e => Log.AccountSnapshotLost(log, _key, e));
        _keeper.Restore();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _keeper.WriteAsync();

    public Task<SliceReply> Take(SliceRequest request)
    {
        KeepTime();
        return Task.FromResult(_windows.Take(Limit(), request, time.GetUtcNow()));
    }

    public Task Return(SliceReturn reports)
    {
        KeepTime();
        _windows.Return(Limit(), reports.Reports, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task<AccountStatus> Status() => Task.FromResult(_windows.Status(Limit(), time.GetUtcNow()));

    private RateLimit? Limit()
    {
        var current = catalog.Current;
        if (!ReferenceEquals(current, _limitOf)) (_limitOf, _limit) = (current, AccountKeys.RateLimitOf(current, _key));
        return _limit;
    }

    private void KeepTime() =>
        _timer ??= this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(SnapshotEvery, SnapshotEvery) { Interleave = true });

    private async Task TickAsync()
    {
        _windows.Sweep(time.GetUtcNow());
        await _keeper.WriteAsync();
        if (_keeper.IsDirty || _windows.SlicesKept > 0) return;
        _timer?.Dispose();
        _timer = null;
    }
}
