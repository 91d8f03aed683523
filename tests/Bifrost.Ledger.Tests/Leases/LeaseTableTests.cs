using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Tests.Leases;

public sealed class LeaseTableTests
{
    [Fact]
    public void Admits_from_the_lease_in_hand_without_the_store()
    {
        var rig = new TableRig(100_000);
        rig.Table.Admission.Hold(new HoldRequest(rig.NewId(), TableRig.Team, "k", 10, 1), rig.Now, out _);
        rig.Table.Admission.Hold(new HoldRequest(rig.NewId(), TableRig.Team, "k", 10, 1), rig.Now, out _);
        rig.Run();
        Assert.Equal(2, rig.Table.Stats(rig.Now).Holds);
        Assert.Single(rig.Store.Leases);
    }

    [Fact]
    public void Lets_exactly_as_many_pass_as_there_is_room_for()
    {
        var rig = new TableRig(teamLimit: 1_000);
        var waiters = new List<Attempt>();
        for (var i = 0; i < 200; i++)
        {
            Assert.Null(rig.Ask(30));
            waiters.Add(rig.LastWaiter!);
        }

        rig.Run();
        var admitted = waiters.Count(w => TableRig.Finished(w.Answer!.Task).Admitted);
        Assert.Equal(33, admitted);
        Assert.All(waiters.Take(33), w => Assert.True(TableRig.Finished(w.Answer!.Task).Admitted));
    }

    [Fact]
    public void Refuses_for_good_when_posted_alone_leaves_too_little_and_says_what_would_fit()
    {
        var rig = new TableRig(1_000);
        var attempt = rig.NewId();
        rig.Hold(900, attemptId: attempt);
        _ = rig.Post(attempt, 800);
        rig.Run();
        var refusal = rig.Hold(300).Refusal!;
        Assert.Equal(RefusalReason.BudgetExceeded, refusal.Reason);
        Assert.Null(refusal.RetryAfterMs);
        Assert.Equal(
            "The budget of team 'acme' cannot pay this call: limit $0.000001 per 1d (calendar), posted $0.0000008, held $0, in doubt $0, "
            + "resets at 2000-01-02T00:00:00Z. This call may cost up to $0.0000003; up to $0.0000002 would fit.",
            refusal.Message);
    }

    [Fact]
    public void Refuses_for_the_moment_when_running_calls_hold_the_rest()
    {
        var rig = new TableRig(1_000);
        rig.Hold(900);
        var refusal = rig.Hold(300).Refusal!;
        Assert.Equal(RefusalReason.BudgetHeld, refusal.Reason);
        Assert.Equal(1_000, refusal.RetryAfterMs);
    }

    [Fact]
    public void Remembers_a_refusal_for_needs_as_large_for_a_quarter_second()
    {
        var rig = new TableRig(1_000);
        rig.Hold(900);
        rig.Hold(300);
        var leases = rig.Store.Leases.Count;
        Assert.NotNull(rig.Ask(300)?.Refusal);
        Assert.Null(rig.Ask(50));
        rig.Run();
        Assert.Equal(leases + 1, rig.Store.Leases.Count);
        rig.Pass(0.25);
        Assert.Null(rig.Ask(300));
    }

    [Fact]
    public void Gives_its_own_idle_credit_back_before_it_refuses()
    {
        var rig = new TableRig(1_000);
        var attempt = rig.NewId();
        rig.Hold(900, attemptId: attempt);
        _ = rig.Post(attempt, 0);
        rig.Run();
        Assert.Equal(900, rig.Store.Budgets["team"].LeasedNanos);
        Assert.True(rig.Hold(500, TableRig.TeamAndKey).Admitted);
    }

    [Fact]
    public void Keeps_no_idle_credit_on_a_budget_that_refuses()
    {
        var rig = new TableRig(1_000);
        var attempt = rig.NewId();
        rig.Hold(900, attemptId: attempt);
        Assert.Equal(RefusalReason.BudgetHeld, rig.Hold(500, TableRig.TeamAndKey).Refusal!.Reason);
        _ = rig.Post(attempt, 100);
        rig.Run();
        Assert.Equal((100, 0), (rig.Store.Budgets["team"].PostedNanos, rig.Store.Budgets["team"].LeasedNanos));
        Assert.True(rig.Hold(50).Admitted);
        Assert.Equal(50, rig.Store.Budgets["team"].LeasedNanos);
        rig.Pass(5);
        Assert.True(rig.Hold(50).Admitted);
        Assert.InRange(rig.Store.Budgets["team"].LeasedNanos, 101, 200);
    }

    [Fact]
    public void Gives_back_a_lease_that_lies_unused()
    {
        var rig = new TableRig(100_000);
        var attempt = rig.NewId();
        rig.Hold(100, attemptId: attempt);
        _ = rig.Post(attempt, 0);
        rig.Pass(2.9);
        rig.Run();
        Assert.Equal(100, rig.Store.Budgets["team"].LeasedNanos);
        rig.Pass(0.2);
        rig.Run();
        Assert.Equal((0, 0), (rig.Store.Budgets["team"].LeasedNanos, rig.Table.Stats(rig.Now).Leases));
    }

    [Fact]
    public void Trims_and_closes_a_lease_whose_time_is_over()
    {
        var rig = new TableRig(100_000);
        var first = rig.NewId();
        var second = rig.NewId();
        rig.Ask(100, attemptId: first);
        rig.Ask(100, attemptId: second);
        rig.Run();
        _ = rig.Post(second, 0);
        rig.Run();
        rig.Pass(5);
        rig.Run();
        Assert.Equal(100, rig.Store.Budgets["team"].LeasedNanos);
        _ = rig.Post(first, 40);
        rig.Run();
        Assert.Equal((40, 0), (rig.Store.Budgets["team"].PostedNanos, rig.Store.Budgets["team"].LeasedNanos));
        Assert.All(rig.Store.Leases.Values, l => Assert.Equal(LeaseState.Closed, l.State));
        Assert.Equal(0, rig.Table.Stats(rig.Now).Leases);
    }

    [Fact]
    public void An_answer_that_comes_late_admits_its_own_caller_only()
    {
        var rig = new TableRig(100_000);
        rig.Ask(100);
        var asker = rig.LastWaiter!;
        rig.Ask(10);
        var follower = rig.LastWaiter!;
        var sentAt = rig.Now;
        var batch = rig.Table.Batches.Next(rig.Now)!;
        var reply = TableRig.Finished(rig.Store.RunAsync(batch.Batch, default));
        rig.Clock.Advance(TimeSpan.FromSeconds(5));
        rig.Beat();
        rig.Table.Batches.Done(batch, reply, sentAt, rig.Now);
        Assert.True(TableRig.Finished(asker.Answer!.Task).Admitted);
        Assert.False(follower.Answer!.Task.IsCompleted);
    }

    [Fact]
    public void Admits_nobody_five_seconds_after_the_last_heartbeat_was_sent()
    {
        var rig = new TableRig();
        rig.Clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.True(rig.Ask(0, BudgetChain.Empty)!.Value.Admitted);
        rig.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(RefusalReason.LedgerUnavailable, rig.Ask(0, BudgetChain.Empty)!.Value.Refusal!.Reason);
        rig.Beat();
        Assert.True(rig.Ask(0, BudgetChain.Empty)!.Value.Admitted);
    }

    [Fact]
    public void Admits_nobody_after_a_pause_until_the_catalog_that_went_by_is_taken()
    {
        var rig = new TableRig();
        rig.Clock.Advance(TimeSpan.FromSeconds(6));
        rig.Apply(new LedgerCatalogChange { Keys = [new KeyState("k", false)] });
        Assert.True(TableRig.Finished(rig.Store.IsTakenAsync(rig.Store.CatalogVersion, default)));
        rig.Beat();
        Assert.False(rig.Gate.MayAdmit(rig.Now));
        rig.Take();
        Assert.True(rig.Gate.MayAdmit(rig.Now));
    }

    [Fact]
    public void Sends_back_whoever_decided_on_an_older_catalog()
    {
        var rig = new TableRig();
        var before = rig.Store.CatalogVersion;
        rig.Ask(10);
        var waiting = rig.LastWaiter!;
        rig.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("team", 5)] });
        rig.Beat();
        rig.Take();
        Assert.True(TableRig.Finished(waiting.Answer!.Task).Stale);
        Assert.True(rig.Ask(0, BudgetChain.Empty, version: before)!.Value.Stale);
    }

    [Fact]
    public void Goes_on_under_a_new_id_when_its_holder_is_dead_and_resolves_the_old_doubt()
    {
        var rig = new TableRig(1_000);
        var attempt = rig.NewId();
        rig.Hold(100, attemptId: attempt);
        var old = rig.Gate.HolderId;
        rig.Clock.Advance(TimeSpan.FromSeconds(11));
        TableRig.Finished(rig.Store.SweepAsync(TimeSpan.FromSeconds(5), default));
        Assert.Equal(100, rig.Store.Budgets["team"].DoubtNanos);
        rig.Beat();
        rig.Beat();
        Assert.NotEqual(old, rig.Gate.HolderId);
        _ = rig.Post(attempt, 30);
        rig.Run();
        Assert.Equal((30, 0), (rig.Store.Budgets["team"].PostedNanos, rig.Store.Budgets["team"].DoubtNanos));
        Assert.True(rig.Hold(900).Admitted);
    }

    [Fact]
    public void A_settlement_before_its_hold_is_posted_and_its_late_hold_is_refused()
    {
        var rig = new TableRig();
        var attempt = rig.NewId();
        var posted = rig.Post(attempt, 7);
        Assert.False(posted.IsCompleted);
        rig.Run();
        Assert.True(posted.IsCompletedSuccessfully);
        Assert.Equal(7, rig.Store.Entries[attempt].CostNanos);
        Assert.False(rig.Ask(1, attemptId: attempt)!.Value.Admitted);
    }

    [Fact]
    public void A_repeated_hold_holds_once_and_a_repeated_post_waits_for_the_same_batch()
    {
        var rig = new TableRig();
        var attempt = rig.NewId();
        var first = rig.Hold(10, attemptId: attempt);
        Assert.Equal(first, rig.Ask(10, attemptId: attempt));
        Assert.Equal(1, rig.Table.Stats(rig.Now).Holds);
        Assert.Same(rig.Post(attempt, 4), rig.Post(attempt, 4));
        rig.Run();
        Assert.Single(rig.Store.Entries);
    }

    [Fact]
    public void Keeps_a_slot_for_the_entry_of_every_admitted_call()
    {
        var rig = new TableRig(options: new LedgerOptions { UnpostedMax = 2 });
        var first = rig.NewId();
        Assert.True(rig.Ask(0, BudgetChain.Empty, first)!.Value.Admitted);
        Assert.True(rig.Ask(0, BudgetChain.Empty)!.Value.Admitted);
        Assert.Equal(RefusalReason.LedgerUnavailable, rig.Ask(0, BudgetChain.Empty)!.Value.Refusal!.Reason);
        _ = rig.Post(first, 0);
        Assert.False(rig.Ask(0, BudgetChain.Empty)!.Value.Admitted);
        rig.Run();
        Assert.True(rig.Ask(0, BudgetChain.Empty)!.Value.Admitted);
    }

    [Fact]
    public void Gives_up_an_acquire_that_nobody_waits_for_when_its_batch_failed()
    {
        var rig = new TableRig();
        rig.Ask(10);
        var batch = rig.Table.Batches.Next(rig.Now)!;
        rig.Table.Waiters.Leave(rig.LastWaiter!);
        var again = rig.Table.Batches.Repeat(batch);
        Assert.Empty(again.Batch.Acquires);
        rig.Table.Batches.Done(again, TableRig.Finished(rig.Store.RunAsync(again.Batch, default)), rig.Now, rig.Now);
        var late = TableRig.Finished(rig.Store.RunAsync(batch.Batch, default));
        Assert.IsType<LeaseNotOpen>(Assert.Single(late.Acquires));
        Assert.Equal((0, 0), (rig.Store.Budgets["team"].LeasedNanos, rig.Table.Stats(rig.Now).Leases));
    }

    [Fact]
    public void Asks_ahead_of_need_where_calls_come_often()
    {
        var rig = new TableRig(1_000_000_000);
        for (var i = 0; i < 20; i++)
        {
            var attempt = rig.NewId();
            Assert.True(rig.Hold(1_000, attemptId: attempt).Admitted);
            _ = rig.Post(attempt, 1_000);
            rig.Run();
        }

        rig.Pass(2.1);
        Assert.True(rig.Ask(1_000)!.Value.Admitted);
        rig.Pass(2.1);
        Assert.True(rig.Ask(1_000)!.Value.Admitted);
        rig.Run();
        rig.Pass(1);
        Assert.True(rig.Ask(1_000)!.Value.Admitted);
    }

    [Fact]
    public void Refuses_a_revoked_key_and_serves_the_next_in_line()
    {
        var rig = new TableRig();
        rig.Store.Keys["gone"] = false;
        rig.Table.Admission.Hold(new HoldRequest(rig.NewId(), TableRig.Team, "gone", 5, 1), rig.Now, out var gone);
        rig.Table.Admission.Hold(new HoldRequest(rig.NewId(), TableRig.Team, "k", 5, 1), rig.Now, out var good);
        rig.Run();
        Assert.Equal(RefusalReason.AccessBlocked, TableRig.Finished(gone!.Answer!.Task).Refusal!.Reason);
        Assert.True(TableRig.Finished(good!.Answer!.Task).Admitted);
    }

    [Fact]
    public void Makes_texts_plain_when_the_store_cannot_hold_an_entry()
    {
        var rig = new TableRig();
        var posted = rig.Post(rig.NewId(), 3);
        var batch = rig.Table.Batches.Next(rig.Now)!;
        rig.Table.Batches.Done(batch, new LedgerBatchReply { Now = rig.Start, Acquires = [], InvalidPosts = [new InvalidPost(0, "text")] }, rig.Now, rig.Now);
        Assert.False(posted.IsCompleted);
        rig.Run();
        Assert.True(posted.IsCompletedSuccessfully);
        Assert.Single(rig.Store.Entries);
    }

    [Fact]
    public void Stops_with_everything_posted_and_every_lease_closed()
    {
        var rig = new TableRig(100_000);
        var attempt = rig.NewId();
        rig.Hold(100, attemptId: attempt);
        rig.Table.Ends.Stop();
        Assert.False(rig.Ask(1)!.Value.Admitted);
        _ = rig.Post(attempt, 60);
        rig.Run();
        Assert.True(rig.Table.IsDrained);
        Assert.Equal((60, 0), (rig.Store.Budgets["team"].PostedNanos, rig.Store.Budgets["team"].LeasedNanos));
    }
}
