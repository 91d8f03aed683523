using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Harness;

/// <summary>The store that the simulation and the tests of Core run on, held to the same rules as the databases.</summary>
internal sealed class InMemoryHarness : LedgerHarness
{
    private readonly FakeTimeProvider _time = new(Start);
    private readonly InMemoryLedgerStore _store;

    public InMemoryHarness() => _store = new InMemoryLedgerStore(_time);

    public override ILedgerStore Ledger => _store;

    public override Task<LedgerState> ReadStateAsync() => Task.FromResult(_store.ReadState());

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override Task MoveClockAsync(TimeSpan by)
    {
        // A fake clock advances forward only; an adjustment moves it either way and leaves the timers, of which this store has none.
        _time.AdjustTime(_time.GetUtcNow() + by);
        return Task.CompletedTask;
    }
}
