using Bifrost.Catalog.Model;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Storage.Tests.Harness;

/// <summary>A ledger store of its own, with a clock that stands still until it is told.</summary>
internal abstract class LedgerHarness : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; private set; } = Start;

    public abstract ILedgerStore Ledger { get; }

    public async Task AdvanceAsync(TimeSpan by)
    {
        Now += by;
        await MoveClockAsync(by);
    }

    /// <summary>Every row of the ledger, read past the store.</summary>
    public abstract Task<LedgerState> ReadStateAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Defines one budget and answers its id.</summary>
    public async Task<string> BudgetAsync(string id, long limitNanos, string period = "1h", bool calendarAligned = false)
    {
        Assert.True(PeriodParser.TryParse(period, calendarAligned, out var window, out var error), error);
        await Ledger.ApplyAsync(
            new LedgerCatalogChange
            {
                Budgets = [new BudgetDefinition { Id = id, Level = BudgetLevel.VirtualKey, OwnerId = id, Period = window, LimitNanos = limitNanos }],
            },
            CancellationToken.None);
        return id;
    }

    public async Task<Guid> HolderAsync()
    {
        var id = NewId();
        Assert.True((await Ledger.RegisterHolderAsync(id, LedgerLimits.HolderTtl, 0, CancellationToken.None)).Alive);
        return id;
    }

    public Guid NewId() => Guid.CreateVersion7(Now);

    public Task<AcquireReply> AcquireAsync(Guid lease, Guid holder, long need, long want, params string[] chain) =>
        AcquireAsync(Commands.Acquire(lease, holder, need, want, chain));

    public async Task<AcquireReply> AcquireAsync(AcquireCommand command)
    {
        var reply = await Ledger.RunAsync(new LedgerBatch { Acquires = [command] }, CancellationToken.None);
        return Assert.Single(reply.Acquires);
    }

    public Task<LedgerBatchReply> PostAsync(Guid? lease, long cost) => PostAsync(Commands.Entry(NewId(), lease, cost));

    public Task<LedgerBatchReply> PostAsync(params LedgerEntry[] entries) =>
        Ledger.RunAsync(new LedgerBatch { Posts = [.. entries] }, CancellationToken.None);

    public Task<LedgerBatchReply> GiveBackAsync(params GiveBack[] commands) =>
        Ledger.RunAsync(new LedgerBatch { GiveBacks = [.. commands] }, CancellationToken.None);

    public async Task<BudgetNumbers> NumbersAsync(string budget) => Assert.Single(await Ledger.ReadBudgetsAsync([budget], CancellationToken.None));

    protected abstract Task MoveClockAsync(TimeSpan by);
}
