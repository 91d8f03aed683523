using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>What chains on one budget know of each other: what is free, how much one of them may hold, and what was refused.</summary>
public sealed class SharedBudgetTests
{
    private static readonly BudgetChain s_other =
        BudgetChain.Of([new ChainBudget("team", BudgetLevel.Team, "acme"), new ChainBudget("other", BudgetLevel.VirtualKey, "other")]);

    [Fact]
    public void Knows_nothing_of_a_chain_before_the_store_has_spoken_of_it()
    {
        var rig = new TableRig();
        Assert.Equal(new ChainRoom(null, 0), rig.Table.RoomOf(TableRig.Team, rig.Now));
        Assert.Equal(new ChainRoom(null, 0), rig.Table.RoomOf(BudgetChain.Empty, rig.Now));
    }

    [Fact]
    public void Knows_what_the_store_said_last_for_five_seconds_and_what_running_calls_hold()
    {
        var rig = new TableRig(1_000);
        var attempt = rig.NewId();
        rig.Hold(300, attemptId: attempt);
        Assert.Equal(new ChainRoom(1_000, 300), rig.Table.RoomOf(TableRig.Team, rig.Now));
        rig.Hold(200);
        Assert.Equal(new ChainRoom(700, 500), rig.Table.RoomOf(TableRig.Team, rig.Now));
        _ = rig.Post(attempt, 10);
        rig.Pass(4.9);
        Assert.Equal(new ChainRoom(700, 200), rig.Table.RoomOf(TableRig.Team, rig.Now));
        rig.Pass(0.1);
        Assert.Equal(new ChainRoom(null, 200), rig.Table.RoomOf(TableRig.Team, rig.Now));
    }

    [Fact]
    public void Knows_of_a_chain_what_was_said_to_others_on_its_tightest_budget()
    {
        var rig = new TableRig(1_000);
        rig.Hold(300);
        Assert.Equal(new ChainRoom(1_000, 0), rig.Table.RoomOf(TableRig.TeamAndKey, rig.Now));
        rig.Hold(100, TableRig.TeamAndKey);
        Assert.Equal(new ChainRoom(700, 300), rig.Table.RoomOf(TableRig.Team, rig.Now));
    }

    [Fact]
    public void Knows_the_numbers_of_a_refusal()
    {
        var rig = new TableRig(1_000);
        rig.Hold(900);
        rig.Hold(300, TableRig.TeamAndKey);
        Assert.Equal(new ChainRoom(100, 900), rig.Table.RoomOf(TableRig.Team, rig.Now));
        Assert.Equal(new ChainRoom(100, 0), rig.Table.RoomOf(TableRig.TeamAndKey, rig.Now));
    }

    [Fact]
    public void What_is_held_is_not_forgotten_with_an_idle_chain()
    {
        var rig = new TableRig(1_000);
        rig.Hold(300);
        for (var i = 0; i < 30; i++) rig.Pass(1);
        Assert.Equal(300, rig.Table.RoomOf(TableRig.Team, rig.Now).OwnNanos);
    }

    [Fact]
    public void A_hold_that_outlived_the_longest_call_is_no_longer_the_chains()
    {
        var rig = new TableRig(1_000, new LedgerOptions { LongestCall = TimeSpan.FromSeconds(20), Drain = TimeSpan.FromSeconds(5) });
        rig.Hold(70);
        for (var i = 0; i < 40; i++)
        {
            rig.Pass(1);
            rig.Run();
        }

        Assert.Equal(new ChainRoom(null, 0), rig.Table.RoomOf(TableRig.Team, rig.Now));
        Assert.Equal(0, rig.Table.Stats(rig.Now).Chains);
    }

    [Fact]
    public void The_more_chains_use_a_budget_the_smaller_is_the_part_of_each()
    {
        var rig = WithKeys(22);
        for (var i = 0; i < 19; i++) rig.Hold(10, KeyOf(i));
        Assert.Equal(new ChainRoom(10_000 - 180, 0) { Share = 19 }, rig.Table.RoomOf(TableRig.Team, rig.Now));

        var held = rig.Hold(1_000, KeyOf(19), least: 20);
        Assert.Equal((10_000 - 180) / 20, held.HeldNanos);
        Assert.Equal(600, rig.Hold(1_000, KeyOf(20), least: 600).HeldNanos);
        Assert.Equal(300, rig.Hold(300, KeyOf(21), least: 300).HeldNanos);
    }

    [Fact]
    public void Chains_that_ended_leave_their_part_to_the_others()
    {
        var rig = WithKeys(19);
        for (var i = 0; i < 19; i++)
        {
            var attempt = rig.NewId();
            rig.Hold(10, KeyOf(i), attempt);
            _ = rig.Post(attempt, 1);
        }

        for (var i = 0; i < 20; i++)
        {
            rig.Pass(1);
            rig.Run();
        }

        Assert.Equal(LedgerLimits.ChainShare, rig.Table.RoomOf(TableRig.Team, rig.Now).Share);
    }

    [Fact]
    public void Telling_what_is_known_allocates_nothing()
    {
        var rig = new TableRig(1_000);
        rig.Hold(300);
        rig.Table.RoomOf(TableRig.TeamAndKey, rig.Now);
        var now = rig.Now;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) rig.Table.RoomOf(TableRig.TeamAndKey, now);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_chain_with_holds_gets_no_more_than_a_quarter_of_a_budget_that_another_holds()
    {
        var rig = new TableRig(1_000);
        rig.Hold(10, TableRig.TeamAndKey);
        Assert.True(rig.Hold(150).Admitted);
        var leases = rig.Store.Leases.Count;

        // Free were 990: a quarter of 990 + 150 is 285.
        var refused = rig.Ask(136)!.Value;
        Assert.Equal((RefusalReason.BudgetHeld, 1_000L, 135L), (refused.Refusal!.Reason, refused.Refusal.RetryAfterMs, refused.FitsNanos));
        Assert.Equal(
            "The budget of team 'acme' is shared, and running calls of this caller hold $0.00000015 of it already: limit $0.000001 per 1d (calendar), "
            + "posted $0, held $0.00000001, in doubt $0, resets at 2000-01-02T00:00:00Z. "
            + "This call may cost up to $0.000000136; up to $0.000000135 would fit now.",
            refused.Refusal.Message);
        Assert.Equal(leases, rig.Store.Leases.Count);
        Assert.True(rig.Hold(500, least: 135).Admitted);
    }

    [Fact]
    public void A_chain_alone_on_its_budgets_may_hold_all_of_it()
    {
        var rig = new TableRig(1_000);
        Assert.True(rig.Hold(150).Admitted);
        Assert.True(rig.Hold(850).Admitted);
    }

    [Fact]
    public void A_chain_without_holds_always_may_try()
    {
        var rig = new TableRig(1_000);
        rig.Hold(10, TableRig.TeamAndKey);
        Assert.True(rig.Hold(900).Admitted);
    }

    [Fact]
    public void Another_chain_that_held_or_waited_counts_for_five_seconds()
    {
        var rig = new TableRig(1_000);
        var other = rig.NewId();
        rig.Hold(10, TableRig.TeamAndKey, other);
        rig.Hold(150);
        _ = rig.Post(other, 10);
        rig.Pass(4.9);
        rig.Hold(5);
        Assert.Equal(RefusalReason.BudgetHeld, rig.Ask(300)!.Value.Refusal!.Reason);
        rig.Pass(0.1);
        Assert.True(rig.Hold(300).Admitted);
    }

    [Fact]
    public void A_running_call_of_another_chain_counts_however_long_ago_it_began()
    {
        var rig = new TableRig(1_000);
        rig.Hold(10, TableRig.TeamAndKey);
        rig.Hold(150);
        for (var i = 0; i < 20; i++) rig.Pass(1);
        rig.Hold(5);
        Assert.Equal(RefusalReason.BudgetHeld, rig.Ask(300)!.Value.Refusal!.Reason);
    }

    [Fact]
    public void Where_nothing_was_said_lately_the_store_is_asked()
    {
        var rig = new TableRig(1_000);
        rig.Hold(10, TableRig.TeamAndKey);
        rig.Hold(150);
        Assert.NotNull(rig.Ask(300));
        rig.Pass(5);
        Assert.Null(rig.Ask(300));
    }

    [Fact]
    public void Of_calls_that_come_at_once_those_beyond_the_quarter_are_refused_one_by_one()
    {
        var rig = new TableRig(1_000);
        rig.Hold(10, TableRig.TeamAndKey);
        var waiters = new List<Attempt>();
        for (var i = 0; i < 50; i++)
        {
            Assert.Null(rig.Ask(50));
            waiters.Add(rig.LastWaiter!);
        }

        rig.Run();
        var replies = waiters.ConvertAll(waiter => TableRig.Finished(waiter.Answer!.Task));
        Assert.InRange(replies.Where(reply => reply.Admitted).Sum(reply => reply.HeldNanos), 200, 300);
        Assert.All(replies.Where(reply => !reply.Admitted), reply => Assert.Equal(RefusalReason.BudgetHeld, reply.Refusal!.Reason));
        Assert.True(rig.Hold(100, TableRig.TeamAndKey).Admitted);
    }

    [Fact]
    public void A_refusal_is_remembered_on_every_chain_of_the_budget_for_leasts_as_large()
    {
        var rig = new TableRig(1_000);
        rig.Hold(920, TableRig.TeamAndKey);
        rig.Hold(300, least: 200);
        var leases = rig.Store.Leases.Count;
        var refused = rig.Ask(5_000, s_other, least: 230)!.Value;
        Assert.Equal((RefusalReason.BudgetHeld, 80L), (refused.Refusal!.Reason, refused.FitsNanos));
        Assert.Equal(leases, rig.Store.Leases.Count);
        Assert.Null(rig.Ask(5_000, s_other, least: 199));
        rig.Pass(0.25);
        Assert.Null(rig.Ask(300, least: 240));
    }

    [Fact]
    public void A_remembered_refusal_tells_by_the_numbers_of_the_chain_that_asks_whether_waiting_helps()
    {
        var rig = new TableRig(1_000_000);
        rig.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("key", 1_000), TableRig.Budget("other", 1_000_000)] });
        foreach (var cost in new[] { 400L, 0 })
        {
            var posted = rig.NewId();
            rig.Hold(400, TableRig.TeamAndKey, posted);
            _ = rig.Post(posted, cost);
            rig.Run();
        }

        rig.Hold(999_000, s_other);
        Assert.Equal(RefusalReason.BudgetHeld, rig.Hold(800).Refusal!.Reason);
        var refused = rig.Ask(800, TableRig.TeamAndKey)!.Value;
        Assert.Equal((RefusalReason.BudgetExceeded, 600L), (refused.Refusal!.Reason, refused.FitsNanos));
        Assert.Contains("virtual key 'bot'", refused.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_by_one_budget_says_nothing_of_chains_without_it()
    {
        var rig = new TableRig(100_000);
        rig.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("key", 100)] });
        Assert.Equal(RefusalReason.BudgetExceeded, rig.Hold(300, TableRig.TeamAndKey).Refusal!.Reason);
        Assert.Equal(RefusalReason.BudgetExceeded, rig.Ask(300, TableRig.TeamAndKey)!.Value.Refusal!.Reason);
        Assert.True(rig.Hold(300).Admitted);
    }

    [Fact]
    public void A_refusal_is_forgotten_when_calls_have_freed_enough()
    {
        var rig = new TableRig(1_000);
        var (first, second) = (rig.NewId(), rig.NewId());
        rig.Hold(450, TableRig.TeamAndKey, first);
        rig.Hold(450, TableRig.TeamAndKey, second);
        rig.Hold(300);
        Assert.NotNull(rig.Ask(300));
        _ = rig.Post(first, 251);

        // It said that no more than the 100 would fit.
        Assert.Equal(299, rig.Ask(300)!.Value.FitsNanos);
        _ = rig.Post(second, 449);
        Assert.True(rig.Hold(300).Admitted);
    }

    [Fact]
    public void What_was_freed_while_the_refusal_was_on_its_way_counts()
    {
        var rig = new TableRig(1_000);
        rig.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("other", 1_000)] });
        var (idle, running) = (rig.NewId(), rig.NewId());
        rig.Hold(50, s_other, idle);
        _ = rig.Post(idle, 0);
        rig.Hold(900, TableRig.TeamAndKey, running);
        rig.Ask(300);
        var waiter = rig.LastWaiter!;
        rig.Step();
        Assert.False(waiter.Answer!.Task.IsCompleted);
        rig.Step(meanwhile: () => _ = rig.Post(running, 0));
        Assert.Equal(RefusalReason.BudgetHeld, TableRig.Finished(waiter.Answer!.Task).Refusal!.Reason);
        Assert.True(rig.Hold(300).Admitted);
    }

    [Fact]
    public void A_refusal_is_forgotten_when_the_catalog_changes()
    {
        var rig = new TableRig(1_000);
        rig.Hold(900);
        rig.Hold(300);
        Assert.NotNull(rig.Ask(300));
        rig.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("team", 2_000)] });
        rig.Take();
        Assert.Null(rig.Table.RoomOf(TableRig.Team, rig.Now).FreeNanos);
        Assert.True(rig.Hold(300).Admitted);
    }

    [Fact]
    public void No_chain_is_refused_from_memory_for_longer_than_two_seconds()
    {
        var rig = new TableRig(1_000);
        rig.Hold(900, TableRig.TeamAndKey);
        for (var i = 0; i < 20; i++)
        {
            rig.Hold(300);
            Assert.NotNull(rig.Ask(300, s_other));
            rig.Pass(0.1);
        }

        Assert.NotNull(rig.Ask(300));
        Assert.Null(rig.Ask(300, s_other));
    }

    /// <summary>A team of 10 000 nano-dollars and keys with budgets of their own.</summary>
    private static TableRig WithKeys(int keys)
    {
        var rig = new TableRig(10_000);
        rig.Apply(new LedgerCatalogChange { Budgets = [.. Enumerable.Range(0, keys).Select(key => TableRig.Budget($"key{key}", 100_000))] });
        rig.Take();
        return rig;
    }

    private static BudgetChain KeyOf(int key) =>
        BudgetChain.Of([new ChainBudget("team", BudgetLevel.Team, "acme"), new ChainBudget($"key{key}", BudgetLevel.VirtualKey, "bot")]);
}
