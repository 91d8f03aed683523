using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Tests.Pipeline;

public class SettlingTests
{
    [Fact]
    public async Task The_client_does_not_wait_for_the_settlement()
    {
        await using var rig = new PipelineRig();
        var durable = new TaskCompletionSource();
        rig.Key.OnSettle = _ => durable.Task;
        rig.P.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync());

        Assert.Equal(1, rig.Settles.Unsettled);
        durable.SetResult();
        await rig.SettledAsync();
    }

    [Fact]
    public async Task A_settlement_is_repeated_with_growing_pauses_until_it_is_durable()
    {
        await using var rig = new PipelineRig();
        var tries = 0;
        rig.Key.OnSettle = _ => ++tries < 9 ? Task.FromException(new IOException("store away")) : Task.CompletedTask;
        rig.P.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync());

        foreach (var pauseMs in (int[])[100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
        {
            var before = tries;
            rig.Time.Advance(TimeSpan.FromMilliseconds(pauseMs - 1));
            Assert.Equal(before, tries);
            rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(before + 1, tries);
        }

        await rig.SettledAsync();
        Assert.Equal(9, tries);
    }

    [Fact]
    public async Task A_stop_waits_for_settlements_and_says_how_many_it_left()
    {
        await using var rig = new PipelineRig();
        var durable = new TaskCompletionSource();
        rig.Key.OnSettle = _ => durable.Task;
        rig.P.ThenJson(Replies.Completion);
        Json.OfBody(await rig.RunAsync());

        var stopping = rig.Pipeline.DrainAsync(TimeSpan.FromSeconds(4));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(stopping.IsCompleted);
        rig.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, await stopping.InTimeAsync());
        durable.SetResult();
    }

    [Fact]
    public async Task Nobody_is_admitted_without_a_place_for_the_settlement()
    {
        await using var rig = new PipelineRig { Options = new PipelineOptions { UnsettledMax = 2 } };
        var durable = new TaskCompletionSource();
        rig.Key.OnSettle = _ => durable.Task;
        rig.P.ThenJson(Replies.Completion);
        for (var i = 0; i < 2; i++) Json.OfBody(await rig.RunAsync());

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal((503, "request_dropped", 1_000L), (failure.Error.Status, failure.Error.Type, failure.Error.RetryAfterMs));
        Assert.Equal(2, rig.Key.Admits.Count);
        durable.SetResult();
    }

    [Fact]
    public async Task A_key_is_not_asked_while_this_silo_may_admit_nobody()
    {
        await using var rig = new PipelineRig();
        rig.Book.MayAdmit = false;
        var error = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/m"])).Error;
        Assert.Equal((503, "ledger_unavailable", 1_000), (error.Status, error.Type, error.RetryAfterMs));
        Assert.Empty(rig.Key.Admits);
        Assert.Equal(0, rig.Settles.Unsettled);
    }

    [Fact]
    public async Task A_refused_try_takes_no_place()
    {
        await using var rig = new PipelineRig { Options = new PipelineOptions { UnsettledMax = 1 } };
        rig.Key.Refuse = _ => new Refusal { Reason = RefusalReason.BudgetHeld, Message = "later" };

        for (var i = 0; i < 5; i++) Assert.Equal(429, Assert.IsType<ChatFailure>(await rig.RunAsync()).Error.Status);
    }

    [Fact]
    public async Task An_admission_that_nobody_answered_is_settled_as_never_sent()
    {
        await using var rig = new PipelineRig();
        rig.Key.OnAdmit = _ => throw new TimeoutException("no answer");

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal(503, failure.Error.Status);
        Assert.Equal(3, rig.Key.Admits.Count);
        Assert.Single(rig.Key.Admits.Select(asked => asked.AttemptId).Distinct());
        var settled = rig.OnlySettlement;
        Assert.Equal(
            (AttemptOutcome.NotSent, 0L, rig.Key.Admits[0].AttemptId), (settled.Outcome, settled.CostNanos, settled.Ticket.AttemptId));
    }

    [Fact]
    public async Task An_admission_whose_silo_died_with_the_question_is_asked_for_again_with_the_same_attempt()
    {
        await using var rig = new PipelineRig();
        rig.Key.OnAdmit = _ =>
        {
            if (rig.Key.Admits.Count == 1) throw new TimeoutException("no answer");
        };
        rig.P.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync());

        Assert.Equal(2, rig.Key.Admits.Count);
        Assert.Equal(rig.Key.Admits[0].AttemptId, rig.Key.Admits[1].AttemptId);
        Assert.Equal((AttemptOutcome.Completed, rig.Key.Admits[0].AttemptId), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Ticket.AttemptId));
    }

    [Fact]
    public async Task A_try_that_runs_is_answered_though_the_grains_reply_is_lost()
    {
        await using var rig = new PipelineRig();
        rig.P.OnDispatch = begin =>
        {
            begin();
            throw new TimeoutException("no reply");
        };
        rig.P.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal(AttemptOutcome.Completed, rig.OnlySettlement.Outcome);
        Assert.Empty(rig.Q.Calls);
    }

    [Fact]
    public async Task A_try_that_was_not_begun_costs_nothing_and_is_not_begun_later()
    {
        await using var rig = new PipelineRig();
        Action? late = null;
        rig.P.OnDispatch = begin =>
        {
            late = begin;
            throw new TimeoutException("no reply");
        };
        rig.P.ThenJson(Replies.Completion);
        rig.Q.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync(fallbacks: ["q/m"]));
        late!();

        Assert.Equal([AttemptOutcome.NotSent, AttemptOutcome.Completed], rig.Key.Settlements.Select(s => s.Outcome));
        Assert.Equal(0, rig.Key.Settlements[0].CostNanos);
        Assert.Empty(rig.P.Calls);
    }

    [Fact]
    public async Task A_reply_without_a_try_begun_is_no_answer()
    {
        await using var rig = new PipelineRig();
        rig.P.OnDispatch = _ => Task.CompletedTask;

        Assert.Equal(502, Assert.IsType<ChatFailure>(await rig.RunAsync()).Error.Status);

        Assert.Equal((AttemptOutcome.NotSent, 0L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos));
    }

    [Fact]
    public async Task An_admission_waits_half_a_minute_and_no_longer()
    {
        await using var rig = new PipelineRig();
        var never = new TaskCompletionSource<AdmitReply>();
        rig.Key.Waits = never.Task;
        var running = rig.Pipeline.RunAsync(PipelineRig.Call(), CancellationToken.None);
        rig.Time.Advance(TimeSpan.FromMilliseconds(rig.Options.AdmissionTimeoutMs - 1));
        Assert.False(running.IsCompleted);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(503, Assert.IsType<ChatFailure>(await running.InTimeAsync()).Error.Status);
        Assert.Equal((AttemptOutcome.NotSent, 0L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos));
    }

    [Fact]
    public async Task A_dispatch_that_nobody_answered_is_booked_by_its_estimate_and_gives_way()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(_ => throw new InvalidOperationException("broken dialect"));
        rig.Q.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal([AttemptOutcome.Unknown, AttemptOutcome.Completed], rig.Key.Settlements.Select(s => s.Outcome));
        Assert.Equal((116 * 1_000L) + (4_096 * 2_000L), rig.Key.Settlements[0].CostNanos);
    }

    [Theory]
    [InlineData(FailureKind.Connect, 0, true, AttemptOutcome.Unknown)]
    [InlineData(FailureKind.Connect, 0, false, AttemptOutcome.NotSent)]
    [InlineData(FailureKind.Timeout, 0, true, AttemptOutcome.Unknown)]
    [InlineData(FailureKind.Timeout, 0, false, AttemptOutcome.NotSent)]
    [InlineData(FailureKind.BadAnswer, 200, true, AttemptOutcome.Unknown)]
    [InlineData(FailureKind.ShuttingDown, 0, true, AttemptOutcome.Unknown)]
    [InlineData(FailureKind.ShuttingDown, 0, false, AttemptOutcome.NotSent)]
    [InlineData(FailureKind.QueueFull, 0, false, AttemptOutcome.NotSent)]
    [InlineData(FailureKind.CircuitOpen, 0, false, AttemptOutcome.NotSent)]
    [InlineData(FailureKind.Timeout, 408, true, AttemptOutcome.Failed)]
    [InlineData(FailureKind.ServerError, 500, true, AttemptOutcome.Failed)]
    [InlineData(FailureKind.RateLimited, 429, true, AttemptOutcome.Failed)]
    [InlineData(FailureKind.ContextTooLong, 400, true, AttemptOutcome.Failed)]
    public async Task A_failed_try_costs_what_it_may_have_cost(FailureKind kind, int status, bool sent, AttemptOutcome outcome)
    {
        await using var rig = new PipelineRig();
        rig.P.ThenFails(kind, status, sent);

        Assert.IsType<ChatFailure>(await rig.RunAsync());

        var settled = rig.OnlySettlement;
        Assert.Equal(
            (outcome, outcome == AttemptOutcome.Unknown ? (116 * 1_000L) + (4_096 * 2_000L) : 0L, outcome == AttemptOutcome.Unknown, status),
            (settled.Outcome, settled.CostNanos, settled.Estimated, settled.Status));
    }

    [Theory]
    [InlineData(FailureKind.ServerError, 503)]
    [InlineData(FailureKind.Timeout, 408)]
    public async Task An_error_that_states_a_usage_costs_what_it_says(FailureKind kind, int status)
    {
        await using var rig = new PipelineRig();
        var refused = Replies.Failure(kind, status);
        var usage = new TokenUsage { PromptTokens = 10, CompletionTokens = 3 };
        rig.P.Then(_ => Task.FromResult(refused with { Failure = refused.Failure! with { Usage = usage } }));

        Assert.IsType<ChatFailure>(await rig.RunAsync());

        var settled = rig.OnlySettlement;
        Assert.Equal((AttemptOutcome.Failed, usage, 16_000L, false), (settled.Outcome, settled.Usage, settled.CostNanos, settled.Estimated));
    }
}
