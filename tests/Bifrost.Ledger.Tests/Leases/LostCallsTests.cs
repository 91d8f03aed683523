using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>Calls that are not ended by the book that holds their credit: on another silo, late, or never.</summary>
public sealed class LostCallsTests
{
    [Fact]
    public void A_hold_that_outlives_the_longest_call_leaves_doubt()
    {
        var rig = new TableRig(1_000, new LedgerOptions { LongestCall = TimeSpan.FromSeconds(20), Drain = TimeSpan.FromSeconds(5) });
        var lost = rig.NewId();
        rig.Hold(70, attemptId: lost);
        for (var i = 0; i < 25; i++) rig.Pass(1);
        rig.Run();
        Assert.Equal((0, 70), (rig.Store.Budgets["team"].LeasedNanos, rig.Store.Budgets["team"].DoubtNanos));
        Assert.Equal((0, 0), (rig.Table.Stats(rig.Now).Leases, rig.Table.Stats(rig.Now).Holds));
        _ = rig.Post(lost, 60, rig.Store.Leases.Keys.First());
        rig.Run();
        Assert.Equal((60, 10), (rig.Store.Budgets["team"].PostedNanos, rig.Store.Budgets["team"].DoubtNanos));
    }

    /// <summary>A silo that stopped in order left 0.07 USD in doubt: its calls had been ended by another silo's book, and its own held on to them.</summary>
    [Fact]
    public void Calls_that_end_on_another_silo_leave_no_doubt_and_keep_no_stop_waiting()
    {
        var clock = new FakeTimeProvider();
        var store = new InMemoryLedgerStore(clock) { Committed = new LedgerInvariants().Check };
        var (stopping, other) = (new TableRig(1_000, store: store, clock: clock), new TableRig(1_000, store: store, clock: clock, silo: 1));
        stopping.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("team", 1_000), TableRig.Budget("key", 1_000)] });
        var (before, after) = (stopping.NewId(), stopping.NewId());
        var lease = stopping.Hold(100, attemptId: before).LeaseId;
        stopping.Hold(200, attemptId: after);
        _ = other.Post(before, 30, lease, hold: 100);
        other.Run();

        stopping.Table.Ends.Leave(before, stopping.Now);
        stopping.Table.Ends.Leave(after, stopping.Now);
        stopping.Table.Ends.Stop();
        stopping.Run();

        Assert.True(stopping.Table.IsDrained);
        Assert.Equal((30, 200, 0), Team());
        clock.Advance(TimeSpan.FromSeconds(20));
        TableRig.Finished(store.SweepAsync(TimeSpan.FromSeconds(5), default));
        Assert.Equal((30, 0, 200), Team());
        _ = other.Post(after, 50, store.Leases.Keys.Max(), hold: 200);
        other.Run();
        Assert.Equal((80, 0, 0), Team());

        (long, long, long) Team() => store.Budgets["team"] is var team ? (team.PostedNanos, team.LeasedNanos, team.DoubtNanos) : default;
    }

    [Fact]
    public void A_call_that_was_left_and_never_ended_goes_in_doubt_after_the_longest_call()
    {
        var rig = new TableRig(1_000, new LedgerOptions { LongestCall = TimeSpan.FromSeconds(20), Drain = TimeSpan.FromSeconds(5) });
        var attempt = rig.NewId();
        rig.Hold(70, attemptId: attempt);
        rig.Table.Ends.Leave(attempt, rig.Now);
        rig.Run();
        Assert.Equal((70, 0), (rig.Store.Budgets["team"].LeasedNanos, rig.Store.Budgets["team"].DoubtNanos));
        for (var i = 0; i < 25; i++) rig.Pass(1);
        rig.Run();
        Assert.Equal((0, 70), (rig.Store.Budgets["team"].LeasedNanos, rig.Store.Budgets["team"].DoubtNanos));
        Assert.False(rig.Ask(1, attemptId: attempt)!.Value.Admitted);
    }

    [Fact]
    public void A_call_that_was_left_does_not_end_those_beside_it()
    {
        var rig = new TableRig(100_000);
        var (left, stays) = (rig.NewId(), rig.NewId());
        rig.Ask(100, attemptId: left);
        rig.Ask(100, attemptId: stays);
        rig.Run();
        var lease = Assert.Single(rig.Store.Leases).Key;
        rig.Table.Ends.Leave(left, rig.Now);
        rig.Run();
        _ = rig.Post(left, 10, lease, hold: 100);
        _ = rig.Post(stays, 20);
        rig.Run();
        Assert.Equal((30, 0, 0), (rig.Store.Budgets["team"].PostedNanos, rig.Store.Budgets["team"].LeasedNanos, rig.Store.Budgets["team"].DoubtNanos));
        Assert.Equal(LeaseState.Closed, rig.Store.Leases[lease].State);
    }
}
