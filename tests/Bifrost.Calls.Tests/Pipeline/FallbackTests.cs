using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using CsCheck;

namespace Bifrost.Calls.Tests.Pipeline;

public class FallbackTests
{
    [Theory]
    [InlineData(FailureKind.Connect, 0)]
    [InlineData(FailureKind.ServerError, 500)]
    [InlineData(FailureKind.RateLimited, 429)]
    [InlineData(FailureKind.KeyRejected, 401)]
    [InlineData(FailureKind.Timeout, 0)]
    [InlineData(FailureKind.Timeout, 408)]
    [InlineData(FailureKind.ModelNotFound, 404)]
    [InlineData(FailureKind.ContextTooLong, 400)]
    [InlineData(FailureKind.BadRequest, 409)]
    [InlineData(FailureKind.BadAnswer, 0)]
    [InlineData(FailureKind.CircuitOpen, 0)]
    [InlineData(FailureKind.QueueFull, 0)]
    [InlineData(FailureKind.KeysExhausted, 0)]
    public async Task Falls_back_on(FailureKind kind, int status)
    {
        await using var rig = new PipelineRig();
        rig.P.ThenFails(kind, status);
        rig.Q.ThenJson(Replies.Completion);

        var result = await rig.RunAsync(fallbacks: ["q/m"]);
        var json = Json.OfBody(result);

        Assert.Equal("q", json.GetProperty("extra_fields").GetProperty("provider").GetString());
        Assert.Equal(("q", 1), (result.Info.Provider, result.Info.FallbackIndex));
        Assert.Equal("p/m", json.GetProperty("extra_fields").GetProperty("model_requested").GetString());
    }

    [Theory]
    [InlineData(FailureKind.ShuttingDown, 503)]
    [InlineData(FailureKind.Aborted, 504)]
    public async Task Stops_at(FailureKind kind, int status)
    {
        await using var rig = new PipelineRig();
        rig.P.ThenFails(kind, 0, sent: false);

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal(status, failure.Error.Status);
        Assert.Empty(rig.Q.Calls);
    }

    [Theory]
    [InlineData(RefusalReason.BudgetExceeded, true)]
    [InlineData(RefusalReason.BudgetHeld, true)]
    [InlineData(RefusalReason.RequestLimited, true)]
    [InlineData(RefusalReason.TokenLimited, true)]
    [InlineData(RefusalReason.ConcurrencyLimited, true)]
    [InlineData(RefusalReason.ProviderBlocked, true)]
    [InlineData(RefusalReason.ModelBlocked, true)]
    [InlineData(RefusalReason.ModelUnpriced, true)]
    [InlineData(RefusalReason.VirtualKeyNotFound, false)]
    [InlineData(RefusalReason.AccessBlocked, false)]
    [InlineData(RefusalReason.LedgerUnavailable, false)]
    public async Task A_refused_target_gives_way_to_the_next_unless_the_key_itself_is_refused(RefusalReason reason, bool goesOn)
    {
        await using var rig = new PipelineRig();
        rig.Key.Refuse = r => r.Provider == "p" ? new Refusal { Reason = reason, Message = "no", RetryAfterMs = 5 } : null;
        rig.Q.ThenJson(Replies.Completion);

        var result = await rig.RunAsync(fallbacks: ["q/m"]);

        Assert.Equal(goesOn, result is ChatBody);
        (result as ChatBody)?.Dispose();
        Assert.Equal(goesOn ? 1 : 0, rig.Q.Calls.Count);
        Assert.Empty(rig.P.Calls);
    }

    [Fact]
    public async Task Tells_the_primarys_error_and_every_try_when_all_fail()
    {
        await using var rig = new PipelineRig();
        rig.Key.Refuse = r => r.Model == "broke" ? new Refusal { Reason = RefusalReason.BudgetExceeded, Message = "no money" } : null;
        rig.P.Then(call =>
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(30));
            return Task.FromResult(Replies.Failure(FailureKind.ServerError, 503, message: "p is down"));
        });
        rig.Q.ThenFails(FailureKind.RateLimited, 429);

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/broke", "q/m"]));

        Assert.Equal((503, "p is down", "p", "p"), (failure.Error.Status, failure.Error.Message, failure.Error.Provider, failure.Info.Provider));
        Assert.Equal(
            [("p", "m", 503, "upstream_503", 30L), ("q", "broke", 402, "budget_exceeded", 0L), ("q", "m", 429, "upstream_429", 0L)],
            failure.Error.Attempts.Select(a => (a.Provider, a.Model, a.Status, a.Type, a.LatencyMs)));
    }

    [Fact]
    public async Task Lists_the_only_try_as_well()
    {
        await using var rig = new PipelineRig();
        rig.Key.Refuse = _ => new Refusal { Reason = RefusalReason.RequestLimited, Message = "wait", RetryAfterMs = 1_500 };

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal((429, 1_500L), (failure.Error.Status, failure.Error.RetryAfterMs));
        Assert.Equal("request_limited", Assert.Single(failure.Error.Attempts).Type);
    }

    [Fact]
    public Task Ends_for_every_list_of_fallbacks_however_often_it_repeats_itself() => Gen.OneOf("p/m", "q/m", "p/n", "q/n").Array[0, 15].SampleAsync(
        async fallbacks =>
        {
            await using var rig = new PipelineRig { Configure = p => p with { RetriesMax = 0 } };
            rig.P.ThenFails(FailureKind.ServerError, 500);
            rig.Q.ThenFails(FailureKind.Timeout, 0);

            var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: fallbacks));

            var targets = failure.Error.Attempts.Select(a => a.Provider + "/" + a.Model).ToArray();
            Assert.Equal(fallbacks.Prepend("p/m").Distinct(), targets);
        },
        iter: 200);

    [Fact]
    public async Task Bounds_the_tries_of_all_targets_together()
    {
        await using var rig = new PipelineRig { Configure = p => p with { RetriesMax = 100, RetryBackoffInitialMs = 0, RetryBackoffMaxMs = 0 } };
        rig.Options = new PipelineOptions { TriesMax = 7 };
        rig.P.ThenFails(FailureKind.ServerError, 500);
        rig.Q.ThenFails(FailureKind.ServerError, 500);

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal(7, failure.Error.Attempts.Length);
        Assert.Equal(7, rig.Key.Settlements.Count);
    }
}
