using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Ledger;

/// <summary>Closed leases are deleted when nobody can mean them any more, and not before.</summary>
public abstract class ForgettingTests
{
    [Fact]
    public async Task Tombstones_go_after_a_day_and_leases_that_paid_after_forty()
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 1_000, "1Y"), await harness.HolderAsync());
        var (paid, idle, open, refused, tombstone) = (harness.NewId(), harness.NewId(), harness.NewId(), harness.NewId(), harness.NewId());
        foreach (var lease in (Guid[])[paid, idle, open]) await harness.AcquireAsync(lease, holder, 100, 100, budget);
        await harness.AcquireAsync(refused, holder, 5_000, 5_000, budget);
        await harness.PostAsync(paid, 30);
        await harness.GiveBackAsync(GiveBack.Close(paid), GiveBack.Close(idle), GiveBack.Close(tombstone));
        await StandsAsync(harness, after: LedgerLimits.UnusedLeaseKept, forgotten: 0, paid, idle, open, refused, tombstone);
        await StandsAsync(harness, after: TimeSpan.FromMilliseconds(1), forgotten: 3, paid, open);
        await StandsAsync(harness, after: LedgerLimits.UsedLeaseKept - LedgerLimits.UnusedLeaseKept - TimeSpan.FromMilliseconds(1), forgotten: 0, paid, open);
        await StandsAsync(harness, after: TimeSpan.FromMilliseconds(1), forgotten: 1, open);
        Assert.Equal((30, 100), ((await harness.NumbersAsync(budget)).PostedNanos, (await harness.NumbersAsync(budget)).LeasedNanos + (await harness.NumbersAsync(budget)).DoubtNanos));
        Assert.Single((await harness.ReadStateAsync()).Entries);
    }

    [Fact]
    public async Task An_acquire_that_outlives_its_tombstone_takes_no_credit()
    {
        await using var harness = await StartAsync();
        var (budget, lease) = (await harness.BudgetAsync("b", 1_000, "1Y"), harness.NewId());
        await harness.GiveBackAsync(GiveBack.Close(lease));
        await harness.AdvanceAsync(LedgerLimits.UnusedLeaseKept + TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, (await harness.Ledger.SweepAsync(TimeSpan.Zero, default)).LeasesForgotten);
        var late = await harness.AcquireAsync(lease, await harness.HolderAsync(), 100, 100, budget);
        Assert.Equal(LeaseState.Closed, Assert.IsType<LeaseNotOpen>(late).State);
        Assert.Equal(0, (await harness.NumbersAsync(budget)).LeasedNanos);
        Assert.Empty((await harness.ReadStateAsync()).Leases);
    }

    [Fact]
    public async Task A_post_that_outlives_its_lease_is_kept_as_an_entry()
    {
        await using var harness = await StartAsync();
        var lease = harness.NewId();
        await harness.GiveBackAsync(GiveBack.Close(lease));
        await harness.AdvanceAsync(LedgerLimits.UnusedLeaseKept + TimeSpan.FromMilliseconds(1));
        await harness.Ledger.SweepAsync(TimeSpan.Zero, default);
        await harness.PostAsync(lease, 30);
        var state = await harness.ReadStateAsync();
        Assert.Equal((lease, 30), (Assert.Single(state.Entries).LeaseId, Assert.Single(state.Leases).SettledNanos));
    }

    [Fact]
    public async Task A_sweep_deletes_a_bounded_number()
    {
        await using var harness = await StartAsync();
        for (var i = 0; i < 6; i++) await harness.GiveBackAsync([.. Enumerable.Range(0, 100).Select(_ => GiveBack.Close(harness.NewId()))]);
        await harness.AdvanceAsync(LedgerLimits.UnusedLeaseKept + TimeSpan.FromMilliseconds(1));
        Assert.Equal(LedgerLimits.SweepForgottenMax, (await harness.Ledger.SweepAsync(TimeSpan.Zero, default)).LeasesForgotten);
        Assert.Equal(100, (await harness.Ledger.SweepAsync(TimeSpan.Zero, default)).LeasesForgotten);
    }

    private protected abstract Task<LedgerHarness> StartAsync();

    private static async Task StandsAsync(LedgerHarness harness, TimeSpan after, int forgotten, params Guid[] leases)
    {
        await harness.AdvanceAsync(after);
        Assert.Equal(forgotten, (await harness.Ledger.SweepAsync(TimeSpan.FromDays(1_000), default)).LeasesForgotten);
        Assert.Equal(leases.Order(), (await harness.ReadStateAsync()).Leases.Select(lease => lease.Id).Order());
    }
}

public sealed class InMemoryForgettingTests : ForgettingTests
{
    private protected override Task<LedgerHarness> StartAsync() => Task.FromResult<LedgerHarness>(new InMemoryHarness());
}

public sealed class SqliteForgettingTests : ForgettingTests
{
    private protected override Task<LedgerHarness> StartAsync() => Task.FromResult<LedgerHarness>(new SqliteHarness());
}

public sealed class PostgresForgettingTests(PostgresFixture postgres) : ForgettingTests
{
    private protected override async Task<LedgerHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
