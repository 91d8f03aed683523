using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>Calls that can do with less than they need: who is held at less, and what becomes of a grant that is less.</summary>
public sealed class LeastHoldTests
{
    private readonly TableRig _rig = new(teamLimit: 800);

    [Fact]
    public void Holds_the_call_at_its_chains_share_of_what_is_free()
    {
        var held = _rig.Hold(400, least: 50);
        Assert.Equal((true, 100L, 0L), (held.Admitted, held.HeldNanos, held.FitsNanos));
        Assert.Equal(100, _rig.Store.Budgets["team"].LeasedNanos);
        Assert.Equal(50, _rig.Hold(400, least: 50).HeldNanos);
    }

    [Fact]
    public void A_repeated_hold_answers_the_lower_hold()
    {
        var attempt = _rig.NewId();
        var held = _rig.Hold(400, attemptId: attempt, least: 50);
        Assert.Equal(held, _rig.Ask(400, attemptId: attempt, least: 50));
        _ = _rig.Post(attempt, 100);
        _rig.Run();
        Assert.Equal(100, _rig.Store.Budgets["team"].PostedNanos);
    }

    [Fact]
    public void A_lease_in_hand_pays_whole_needs_only()
    {
        var attempt = _rig.NewId();
        _rig.Hold(100, attemptId: attempt);
        _ = _rig.Post(attempt, 0);
        _rig.Run();
        Assert.Null(_rig.Ask(101, least: 50));
        Assert.Equal(1, _rig.Table.Stats(_rig.Now).Waiters);
    }

    [Fact]
    public void Each_waiter_is_held_at_less_by_a_lease_of_its_own_only()
    {
        var waiters = new List<Attempt>();
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(_rig.Ask(400, least: 20));
            waiters.Add(_rig.LastWaiter!);
        }

        _rig.Run();
        var held = waiters.ConvertAll(waiter => TableRig.Finished(waiter.Answer!.Task));
        Assert.Equal([100L, 20L, 20L], held.Select(reply => reply.HeldNanos));
        Assert.Equal(3, held.Select(reply => reply.LeaseId).Distinct().Count());
        Assert.Equal(140, _rig.Store.Budgets["team"].LeasedNanos);
    }

    [Fact]
    public void A_grant_below_the_need_of_a_call_that_left_goes_back_and_the_next_asks_for_itself()
    {
        _rig.Ask(400, least: 50);
        var left = _rig.LastWaiter!;
        _rig.Ask(300, least: 10);
        var next = _rig.LastWaiter!;
        _rig.Step(() => Assert.True(_rig.Table.Waiters.Leave(left)));
        Assert.False(next.Answer!.Task.IsCompleted);
        _rig.Run();
        Assert.Equal(100, TableRig.Finished(next.Answer!.Task).HeldNanos);
        Assert.Equal(100, _rig.Store.Budgets["team"].LeasedNanos);
        Assert.Equal(1, _rig.Table.Stats(_rig.Now).Leases);
    }

    [Fact]
    public void A_grant_below_the_need_of_a_call_that_left_pays_the_next_where_it_pays_all_of_it()
    {
        _rig.Ask(400, least: 50);
        var left = _rig.LastWaiter!;
        _rig.Ask(60);
        var next = _rig.LastWaiter!;
        _rig.Step(() => _rig.Table.Waiters.Leave(left));
        Assert.Equal(60, TableRig.Finished(next.Answer!.Task).HeldNanos);
        Assert.Single(_rig.Store.Leases);
    }

    [Fact]
    public void A_grant_below_the_need_goes_back_when_the_catalog_moved_meanwhile()
    {
        _rig.Ask(400, least: 50);
        var stale = _rig.LastWaiter!;
        _rig.Step(() =>
        {
            _rig.Apply(new LedgerCatalogChange { Keys = [new KeyState("other", true)] });
            _rig.Take();
        });
        Assert.True(TableRig.Finished(stale.Answer!.Task).Stale);
        _rig.Run();
        Assert.Equal((0, 0), (_rig.Store.Budgets["team"].LeasedNanos, _rig.Table.Stats(_rig.Now).Leases));
    }

    [Fact]
    public void An_answer_that_comes_late_holds_its_own_caller_at_what_was_granted()
    {
        _rig.Ask(400, least: 50);
        var asker = _rig.LastWaiter!;
        _rig.Ask(10);
        var follower = _rig.LastWaiter!;
        _rig.Step(() =>
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(5));
            _rig.Beat();
        });
        Assert.Equal(100, TableRig.Finished(asker.Answer!.Task).HeldNanos);
        Assert.False(follower.Answer!.Task.IsCompleted);
    }

    [Fact]
    public void A_call_is_never_held_below_its_least()
    {
        _rig.Ask(400, least: 50);
        var waiter = _rig.LastWaiter!;
        var batch = _rig.Table.Batches.Next(_rig.Now)!;
        var tooLittle = new LeaseGranted(49, 0, LedgerLimits.LeaseTerm);
        _rig.Table.Batches.Done(batch, new LedgerBatchReply { Now = _rig.Start, Acquires = [tooLittle] }, _rig.Now, _rig.Now);
        Assert.False(waiter.Answer!.Task.IsCompleted);
        Assert.Equal(batch.Batch.Acquires[0].LeaseId, Assert.Single(_rig.Table.Batches.Next(_rig.Now)!.Batch.GiveBacks).LeaseId);
    }

    [Fact]
    public void Asks_with_the_first_waiters_least_what_the_chain_holds_and_what_it_held()
    {
        var rig = new TableRig(teamLimit: 100_000);
        rig.Hold(1_000);
        rig.Pass(3.5);
        rig.Hold(2_000);
        rig.Ask(700, least: 300);
        rig.Ask(600, least: 200);
        var asked = Assert.Single(rig.Table.Batches.Next(rig.Now)!.Batch.Acquires);
        Assert.Equal((300, 700, 3_000, 3_000), (asked.LeastNanos, asked.NeedNanos, asked.WantNanos, asked.OwnNanos));
    }

    [Fact]
    public void Asks_ahead_for_whole_needs()
    {
        var rig = new TableRig(teamLimit: 1_000_000_000);
        AcquireCommand? ahead = null;
        for (var i = 0; i < 40 && ahead is null; i++)
        {
            var attempt = rig.NewId();
            var reply = rig.Ask(1_000, attemptId: attempt, least: 10);
            var batch = rig.Table.Batches.Next(rig.Now);
            if (reply is not null && batch is { Batch.Acquires: [var acquire] }) ahead = acquire;
            if (batch is not null) rig.Table.Batches.Done(batch, TableRig.Finished(rig.Store.RunAsync(batch.Batch, default)), rig.Now, rig.Now);
            _ = rig.Post(attempt, 1_000);
            rig.Run();
            rig.Pass(0.2);
        }

        Assert.Equal((1_000, 1_000), (ahead!.LeastNanos, ahead.NeedNanos));
    }

    [Fact]
    public void Repeats_the_acquire_of_a_call_that_left_for_those_behind_it()
    {
        _rig.Ask(400, least: 50);
        var left = _rig.LastWaiter!;
        _rig.Ask(60);
        var batch = _rig.Table.Batches.Next(_rig.Now)!;
        _rig.Table.Waiters.Leave(left);
        Assert.Equal(batch.Batch.Acquires, _rig.Table.Batches.Repeat(batch).Batch.Acquires);
    }

    [Theory]
    [InlineData(200, RefusalReason.BudgetHeld, 100)]
    [InlineData(201, RefusalReason.BudgetExceeded, 200)]
    public void Waiting_helps_as_long_as_the_least_is_left_without_the_running_calls(long least, RefusalReason reason, long fits)
    {
        var posted = _rig.NewId();
        _rig.Hold(600, attemptId: posted);
        _ = _rig.Post(posted, 600);
        _rig.Run();
        _rig.Hold(100);
        var refused = _rig.Hold(5_000, least: least);
        Assert.Equal((reason, fits), (refused.Refusal!.Reason, refused.FitsNanos));
        Assert.Contains($"up to {Nanos.Format(5_000)}; up to {Nanos.Format(fits)} would fit", refused.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_step_would_hold_at_the_least_is_not_told_as_the_least_there_is()
    {
        _rig.Hold(900);
        var refused = _rig.Hold(5_000, least: 2_000);
        Assert.DoesNotContain("at least", refused.Refusal!.Message, StringComparison.Ordinal);
    }
}
