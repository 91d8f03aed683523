using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Ledger;

/// <summary>Leases whose silo counts them no more: each entry frees what its own call held.</summary>
public abstract class LeftLeaseTests
{
    [Fact]
    public async Task Entries_after_a_silo_died_leave_only_what_others_held_in_doubt()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        await harness.GiveBackAsync(GiveBack.Doubt(lease));
        var entry = Commands.Entry(harness.NewId(), lease, 10) with { HoldNanos = 60 };
        await harness.PostAsync(entry);
        await harness.PostAsync(entry);
        Assert.Equal((0, 40), await LeasedAndDoubtAsync(harness));
        await harness.PostAsync(Commands.Entry(harness.NewId(), lease, 0) with { HoldNanos = 40 });
        Assert.Equal((0, 0), await LeasedAndDoubtAsync(harness));
        Assert.Equal((10, LeaseState.Closed), ((await harness.NumbersAsync(budget)).PostedNanos, Assert.Single((await harness.ReadStateAsync()).Leases).State));
    }

    [Fact]
    public async Task A_lease_that_its_silo_left_keeps_what_each_running_call_holds_until_its_entry()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        var (ended, running, last) = (harness.NewId(), harness.NewId(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 200, 200, budget);

        // One call was ended elsewhere before its silo left, one comes in the same batch.
        await harness.PostAsync(Commands.Entry(ended, lease, 5) with { HoldNanos = 50 });
        var left = GiveBack.Leave(lease, 0, [new LeftHold(ended, 50), new LeftHold(running, 60), new LeftHold(last, 70)]);
        var batch = new LedgerBatch { Posts = [Commands.Entry(running, lease, 20) with { HoldNanos = 60 }], GiveBacks = [left] };
        await harness.Ledger.RunAsync(batch, default);
        await harness.Ledger.RunAsync(batch, default);
        Assert.Equal((70, 0), await LeasedAndDoubtAsync(harness));

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        await harness.Ledger.SweepAsync(TimeSpan.Zero, default);
        Assert.Equal((0, 70), await LeasedAndDoubtAsync(harness));
        await harness.PostAsync(Commands.Entry(last, lease, 30) with { HoldNanos = 70 });
        Assert.Equal((0, 0), await LeasedAndDoubtAsync(harness));
        Assert.Equal(55, (await harness.NumbersAsync(budget)).PostedNanos);
        Assert.Equal(LeaseState.Closed, Assert.Single((await harness.ReadStateAsync()).Leases).State);
    }

    [Fact]
    public async Task A_lease_whose_calls_all_ended_elsewhere_is_closed_when_its_silo_leaves_it()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease, attempt) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 200, 200, budget);
        await harness.PostAsync(Commands.Entry(attempt, lease, 5) with { HoldNanos = 50 });
        await harness.GiveBackAsync(GiveBack.Leave(lease, 0, [new LeftHold(attempt, 50)]));
        Assert.Equal((0, 0), await LeasedAndDoubtAsync(harness));
        Assert.Equal(LeaseState.Closed, Assert.Single((await harness.ReadStateAsync()).Leases).State);
    }

    private protected abstract Task<LedgerHarness> StartAsync();

    private static async Task<(long, long)> LeasedAndDoubtAsync(LedgerHarness harness)
    {
        var budget = await harness.NumbersAsync("b");
        return (budget.LeasedNanos, budget.DoubtNanos);
    }
}

public sealed class InMemoryLeftLeaseTests : LeftLeaseTests
{
    private protected override Task<LedgerHarness> StartAsync() => Task.FromResult<LedgerHarness>(new InMemoryHarness());
}

public sealed class SqliteLeftLeaseTests : LeftLeaseTests
{
    private protected override Task<LedgerHarness> StartAsync() => Task.FromResult<LedgerHarness>(new SqliteHarness());
}

public sealed class PostgresLeftLeaseTests(PostgresFixture postgres) : LeftLeaseTests
{
    private protected override async Task<LedgerHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
