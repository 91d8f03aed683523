using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Ledger;

/// <summary>The commands of the ledger, one by one, on every store.</summary>
public abstract class LedgerRulesTests
{
    [Fact]
    public async Task Grants_the_need_and_a_sixty_fourth_of_what_is_left()
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 6_500), await harness.HolderAsync());
        var granted = Assert.IsType<LeaseGranted>(await harness.AcquireAsync(harness.NewId(), holder, 100, 900, budget));
        Assert.Equal((200, 0, TimeSpan.FromSeconds(5)), (granted.GrantedNanos, granted.SettledNanos, granted.SpendFor));
        Assert.Equal(200, (await harness.NumbersAsync(budget)).LeasedNanos);
    }

    [Theory]
    [InlineData(50, 100, 0, 100)]
    [InlineData(50, 101, 0, 100)]
    [InlineData(50, 101, 240, 50)]
    [InlineData(20, 101, 80, 30)]
    [InlineData(100, 101, 800, 100)]
    [InlineData(800, 801, 0, 800)]
    public async Task A_chain_is_granted_an_eighth_of_what_is_free_and_its_own_or_its_least(long least, long need, long own, long expected)
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 800), await harness.HolderAsync());
        var command = Commands.Acquire(harness.NewId(), holder, need, need, budget) with { LeastNanos = least, OwnNanos = own };
        Assert.Equal(expected, Assert.IsType<LeaseGranted>(await harness.AcquireAsync(command)).GrantedNanos);
    }

    [Fact]
    public async Task Refuses_only_where_less_than_the_least_is_free()
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 100), await harness.HolderAsync());
        var command = Commands.Acquire(harness.NewId(), holder, 1_000, 9_000, budget);
        Assert.IsType<AcquireRefused>(await harness.AcquireAsync(command with { LeastNanos = 101 }));
        var granted = Assert.IsType<LeaseGranted>(await harness.AcquireAsync(command with { LeaseId = harness.NewId(), LeastNanos = 100 }));
        Assert.Equal((100, 100L), (granted.GrantedNanos, granted.FreeNanos));
        Assert.Equal(0, (await harness.NumbersAsync(budget)).FreeNanos);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(501)]
    public async Task A_least_that_is_none_counts_as_the_need(long least)
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 500), await harness.HolderAsync());
        var command = Commands.Acquire(harness.NewId(), holder, 500, 500, budget) with { LeastNanos = least };
        Assert.Equal(500, Assert.IsType<LeaseGranted>(await harness.AcquireAsync(command)).GrantedNanos);
        Assert.IsType<AcquireRefused>(await harness.AcquireAsync(command with { LeaseId = harness.NewId() }));
        var nothing = command with { LeaseId = harness.NewId(), NeedNanos = 0 };
        Assert.Equal(0, Assert.IsType<LeaseGranted>(await harness.AcquireAsync(nothing)).GrantedNanos);
    }

    [Fact]
    public async Task A_grant_says_what_was_free_on_every_budget_and_its_repetition_does_not()
    {
        await using var harness = await StartAsync();
        await harness.BudgetAsync("a", 1_000);
        await harness.BudgetAsync("b", 300);
        var command = Commands.Acquire(harness.NewId(), await harness.HolderAsync(), 100, 100, "a", "b");
        var granted = Assert.IsType<LeaseGranted>(await harness.AcquireAsync(command));
        Assert.Equal([("a", 1_000L), ("b", 300L)], granted.Budgets.Select(budget => (budget.BudgetId, budget.FreeNanos)));
        Assert.Equal(300, granted.FreeNanos);
        var again = Assert.IsType<LeaseGranted>(await harness.AcquireAsync(command));
        Assert.Equal((100, (long?)null), (again.GrantedNanos, again.FreeNanos));
        Assert.Empty(again.Budgets);
    }

    [Fact]
    public async Task Refuses_with_the_numbers_of_the_whole_chain_and_takes_nothing()
    {
        await using var harness = await StartAsync();
        await harness.BudgetAsync("a", 1_000);
        await harness.BudgetAsync("b", 99);
        var holder = await harness.HolderAsync();
        var refused = Assert.IsType<AcquireRefused>(await harness.AcquireAsync(harness.NewId(), holder, 100, 100, "a", "b"));
        Assert.Equal(AcquireRefusal.TooLittle, refused.Reason);
        Assert.Equal(["a", "b"], refused.Budgets.Select(b => b.BudgetId));
        Assert.Equal(LedgerHarness.Start.AddHours(1), refused.Budgets[1].ResetsAt);
        Assert.Equal(0, (await harness.NumbersAsync("a")).LeasedNanos);
    }

    [Fact]
    public async Task Says_why_nothing_is_granted()
    {
        await using var harness = await StartAsync();
        await harness.BudgetAsync("b", 1_000);
        await harness.BudgetAsync("old", 1_000);
        await harness.Ledger.ApplyAsync(new LedgerCatalogChange { RetiredBudgetIds = ["old"] }, default);
        var holder = await harness.HolderAsync();
        Assert.Equal(AcquireRefusal.HolderDead, await RefusalAsync(harness, harness.NewId(), "b"));
        Assert.Equal(AcquireRefusal.BudgetUnknown, await RefusalAsync(harness, holder, "b", "none"));
        Assert.Equal(AcquireRefusal.BudgetRetired, await RefusalAsync(harness, holder, "b", "old"));
        await harness.Ledger.ApplyAsync(new LedgerCatalogChange { Keys = [new KeyState(Commands.Key, Active: false)] }, default);
        Assert.Equal(AcquireRefusal.KeyInactive, await RefusalAsync(harness, holder, "b"));
    }

    [Fact]
    public async Task A_refused_lease_id_stays_closed()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 10), await harness.HolderAsync(), harness.NewId());
        Assert.IsType<AcquireRefused>(await harness.AcquireAsync(lease, holder, 100, 100, budget));
        await harness.BudgetAsync("b", 1_000);
        Assert.Equal(new LeaseNotOpen(LeaseState.Closed), await harness.AcquireAsync(lease, holder, 100, 100, budget));
    }

    [Fact]
    public async Task A_close_that_comes_first_turns_the_late_acquire_away()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.GiveBackAsync(GiveBack.Close(lease));
        Assert.Equal(new LeaseNotOpen(LeaseState.Closed), await harness.AcquireAsync(lease, holder, 100, 100, budget));
        Assert.Equal(0, (await harness.NumbersAsync(budget)).LeasedNanos);
    }

    [Fact]
    public async Task Posts_an_attempt_once_within_a_batch_and_across_batches()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        var entry = Commands.Entry(harness.NewId(), lease, 30);
        await harness.PostAsync(entry, entry);
        await harness.PostAsync(entry, Commands.Entry(harness.NewId(), lease, 5));
        var numbers = await harness.NumbersAsync(budget);
        Assert.Equal((35, 65), (numbers.PostedNanos, numbers.LeasedNanos));
    }

    [Fact]
    public async Task Cost_above_the_hold_is_booked_in_full()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 100), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        await harness.PostAsync(lease, 130);
        var numbers = await harness.NumbersAsync(budget);
        Assert.Equal((130, 0, -30), (numbers.PostedNanos, numbers.LeasedNanos, numbers.FreeNanos));
    }

    [Fact]
    public async Task An_entry_of_an_unknown_lease_is_kept_and_leaves_a_tombstone()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.PostAsync(lease, 40);
        Assert.Equal(new LeaseNotOpen(LeaseState.Closed), await harness.AcquireAsync(lease, holder, 100, 100, budget));
        var state = await harness.ReadStateAsync();
        Assert.Equal(40, Assert.Single(state.Entries).CostNanos);
        Assert.Equal(40, Assert.Single(state.Leases).SettledNanos);
    }

    [Fact]
    public async Task An_entry_without_a_lease_touches_no_budget()
    {
        await using var harness = await StartAsync();
        await harness.BudgetAsync("b", 1_000);
        await harness.PostAsync(null, 40);
        Assert.Equal(0, (await harness.NumbersAsync("b")).PostedNanos);
        Assert.Single((await harness.ReadStateAsync()).Entries);
    }

    [Fact]
    public async Task A_late_post_belongs_to_the_window_of_its_lease()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000, "1m"), await harness.HolderAsync(), harness.NewId());
        await harness.AdvanceAsync(TimeSpan.FromSeconds(58));
        var granted = Assert.IsType<LeaseGranted>(await harness.AcquireAsync(lease, await harness.HolderAsync(), 100, 100, budget));
        Assert.Equal(TimeSpan.FromSeconds(2), granted.SpendFor);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.IsType<LeaseGranted>(await harness.AcquireAsync(harness.NewId(), await harness.HolderAsync(), 10, 10, budget));
        await harness.PostAsync(lease, 70);
        await harness.GiveBackAsync(GiveBack.Close(lease));
        var numbers = await harness.NumbersAsync(budget);
        Assert.Equal((0, 10, LedgerHarness.Start.AddMinutes(1)), (numbers.PostedNanos, numbers.LeasedNanos, numbers.WindowStart));
    }

    [Fact]
    public async Task A_calendar_month_ends_at_its_first_of_the_next()
    {
        await using var harness = await StartAsync();
        await harness.AdvanceAsync(TimeSpan.FromDays(31 + 14));
        await harness.BudgetAsync("b", 1_000, "1M", calendarAligned: true);
        Assert.Equal(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), (await harness.NumbersAsync("b")).WindowStart);
        await harness.AcquireAsync(harness.NewId(), await harness.HolderAsync(), 400, 400, "b");
        await harness.AdvanceAsync(TimeSpan.FromDays(14) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(400, (await harness.NumbersAsync("b")).LeasedNanos);
        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        var numbers = await harness.NumbersAsync("b");
        Assert.Equal((0, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)), (numbers.LeasedNanos, numbers.WindowStart));
    }

    [Fact]
    public async Task A_window_never_moves_back_with_the_clock()
    {
        await using var harness = await StartAsync();
        var budget = await harness.BudgetAsync("b", 1_000, "1m");
        await harness.AdvanceAsync(TimeSpan.FromSeconds(61));
        await harness.AcquireAsync(harness.NewId(), await harness.HolderAsync(), 100, 100, budget);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(-30));
        await harness.AcquireAsync(harness.NewId(), await harness.HolderAsync(), 100, 100, budget);
        var numbers = Assert.Single((await harness.ReadStateAsync()).Budgets);
        Assert.Equal((200, LedgerHarness.Start.AddMinutes(1)), (numbers.LeasedNanos, numbers.WindowStart));
    }

    [Fact]
    public async Task A_dead_holders_leases_go_in_doubt_and_its_own_post_resolves_them()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(new SweepReply(0, 0), await harness.Ledger.SweepAsync(TimeSpan.FromSeconds(5), default));
        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new SweepReply(1, 1), await harness.Ledger.SweepAsync(TimeSpan.FromSeconds(5), default));
        Assert.False((await harness.Ledger.HeartbeatAsync(holder, LedgerLimits.HolderTtl, 0, default)).Alive);
        Assert.False((await harness.Ledger.RegisterHolderAsync(holder, LedgerLimits.HolderTtl, 0, default)).Alive);
        Assert.Equal((0, 100), await LeasedAndDoubtAsync(harness));
        await harness.PostAsync(lease, 30);
        Assert.Equal((0, 70), await LeasedAndDoubtAsync(harness));
        await harness.GiveBackAsync(GiveBack.Close(lease));
        Assert.Equal((0, 0), await LeasedAndDoubtAsync(harness));
    }

    [Fact]
    public async Task A_sweep_takes_a_bounded_number_of_leases()
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 1_000_000), await harness.HolderAsync());
        for (var batch = 0; batch < 2; batch++)
        {
            var acquires = Enumerable.Range(0, 150).Select(_ => Commands.Acquire(harness.NewId(), holder, 10, 10, budget));
            await harness.Ledger.RunAsync(new LedgerBatch { Acquires = [.. acquires] }, default);
        }

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(new SweepReply(1, 200), await harness.Ledger.SweepAsync(TimeSpan.Zero, default));
        Assert.Equal(new SweepReply(0, 100), await harness.Ledger.SweepAsync(TimeSpan.Zero, default));
        Assert.Equal((0, 3_000), await LeasedAndDoubtAsync(harness));
    }

    [Fact]
    public async Task Doubt_is_released_only_after_the_longest_call()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        var longest = TimeSpan.FromMinutes(10);
        Assert.Equal(ReleaseReply.Unknown, await harness.Ledger.ReleaseAsync(lease, longest, default));
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        Assert.Equal(ReleaseReply.NotInDoubt, await harness.Ledger.ReleaseAsync(lease, longest, default));
        await harness.GiveBackAsync(GiveBack.Doubt(lease));
        await harness.AdvanceAsync(longest);
        Assert.Equal(ReleaseReply.TooEarly, await harness.Ledger.ReleaseAsync(lease, longest, default));
        Assert.Equal((0, 100), await LeasedAndDoubtAsync(harness));
        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ReleaseReply.Released, await harness.Ledger.ReleaseAsync(lease, longest, default));
        Assert.Equal(ReleaseReply.Released, await harness.Ledger.ReleaseAsync(lease, longest, default));
        Assert.Equal((0, 0), await LeasedAndDoubtAsync(harness));
    }

    [Fact]
    public async Task Corrections_move_the_counters_once_and_never_below_zero()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        await harness.PostAsync(lease, 60);
        var refund = Commands.Entry(harness.NewId(), lease, -20) with { Reason = "billed twice" };
        Assert.Equal(AdjustReply.Booked, await harness.Ledger.AdjustAsync(refund, default));
        Assert.Equal(AdjustReply.Booked, await harness.Ledger.AdjustAsync(refund, default));
        Assert.Equal(AdjustReply.BelowZero, await harness.Ledger.AdjustAsync(Commands.Entry(harness.NewId(), lease, -41), default));
        Assert.Equal(AdjustReply.UnknownLease, await harness.Ledger.AdjustAsync(Commands.Entry(harness.NewId(), harness.NewId(), 1), default));
        var numbers = await harness.NumbersAsync(budget);
        Assert.Equal((40, 60), (numbers.PostedNanos, numbers.LeasedNanos));
        new LedgerInvariants().Check(await harness.ReadStateAsync());
    }

    [Fact]
    public async Task A_lowered_limit_binds_new_grants_at_once_and_keeps_the_counters()
    {
        await using var harness = await StartAsync();
        var (budget, holder) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync());
        await harness.AcquireAsync(harness.NewId(), holder, 100, 100, budget);
        await harness.BudgetAsync("b", 150);
        Assert.Equal(AcquireRefusal.TooLittle, await RefusalAsync(harness, holder, budget));
        Assert.Equal((150, 100), ((await harness.NumbersAsync(budget)).LimitNanos, (await harness.NumbersAsync(budget)).LeasedNanos));
    }

    private protected abstract Task<LedgerHarness> StartAsync();

    private static async Task<AcquireRefusal> RefusalAsync(LedgerHarness harness, Guid holder, params string[] chain) =>
        Assert.IsType<AcquireRefused>(await harness.AcquireAsync(harness.NewId(), holder, 100, 100, chain)).Reason;

    private static async Task<(long, long)> LeasedAndDoubtAsync(LedgerHarness harness)
    {
        var budget = await harness.NumbersAsync("b");
        return (budget.LeasedNanos, budget.DoubtNanos);
    }
}

public sealed class InMemoryLedgerRulesTests : LedgerRulesTests
{
    private protected override Task<LedgerHarness> StartAsync() => Task.FromResult<LedgerHarness>(new InMemoryHarness());
}

public sealed class SqliteLedgerRulesTests : LedgerRulesTests
{
    private protected override Task<LedgerHarness> StartAsync() => Task.FromResult<LedgerHarness>(new SqliteHarness());
}

public sealed class PostgresLedgerRulesTests(PostgresFixture postgres) : LedgerRulesTests
{
    private protected override async Task<LedgerHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
