using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Tests.Pipeline;

public class RetryTests
{
    private static PipelineRig Rig(int retriesMax, double sample = 0.5) => new()
    {
        Configure = p => p with { RetriesMax = retriesMax },
        Random = new FixedRandom(sample),
    };

    [Theory]
    [InlineData(FailureKind.Connect, 0)]
    [InlineData(FailureKind.ServerError, 503)]
    public async Task Retries_with_the_same_key_after_a_doubling_pause(FailureKind kind, int status)
    {
        await using var rig = Rig(retriesMax: 5);
        for (var i = 0; i < 5; i++) rig.P.ThenFails(kind, status, sent: status != 0, keyId: "k2");
        rig.P.ThenJson(Replies.Completion);

        var running = rig.RunAsync();
        foreach (var pauseMs in (int[])[500, 1_000, 2_000, 4_000, 5_000])
        {
            var calls = rig.P.Calls.Count;
            rig.Time.Advance(TimeSpan.FromMilliseconds(pauseMs - 1));
            Assert.Equal(calls, rig.P.Calls.Count);
            rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(calls + 1, rig.P.Calls.Count);
        }

        Json.OfBody(await running);
        Assert.True(rig.P.Calls[0].AllowedKeyIds.IsDefault);
        Assert.All(rig.P.Calls.Skip(1), call => Assert.Equal(["k2"], call.AllowedKeyIds));
        Assert.Equal(6, rig.P.Calls.Select(c => c.AttemptId).Distinct().Count());
        var expected = status == 0 ? AttemptOutcome.NotSent : AttemptOutcome.Failed;
        Assert.All(rig.Key.Settlements.SkipLast(1), s => Assert.Equal((expected, 0L), (s.Outcome, s.CostNanos)));
    }

    [Theory]
    [InlineData(0, 400)]
    [InlineData(0.999, 599)]
    public async Task Jitters_the_pause_by_a_fifth(double sample, int pauseMs)
    {
        await using var rig = Rig(retriesMax: 1, sample);
        rig.P.ThenFails(FailureKind.ServerError, 500).ThenJson(Replies.Completion);

        var running = rig.RunAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(pauseMs - 1));
        Assert.Single(rig.P.Calls);
        rig.Time.Advance(TimeSpan.FromMilliseconds(2));

        Json.OfBody(await running);
    }

    [Fact]
    public async Task Gives_up_when_the_retries_are_used_up()
    {
        await using var rig = Rig(retriesMax: 2);
        rig.P.ThenFails(FailureKind.ServerError, 502);

        var running = rig.RunAsync();
        for (var pause = 0; pause < 2; pause++) rig.Time.Advance(TimeSpan.FromSeconds(10));
        var failure = Assert.IsType<ChatFailure>(await running);

        Assert.Equal(3, rig.P.Calls.Count);
        Assert.Equal((502, false), (failure.Error.Status, failure.Error.IsBifrostError));
        Assert.Equal(["p", "p", "p"], failure.Error.Attempts.Select(a => a.Provider));
    }

    [Fact]
    public async Task Waits_as_long_as_the_provider_asks()
    {
        await using var rig = Rig(retriesMax: 1);
        rig.P.ThenFails(FailureKind.ServerError, 503, retryAfterMs: 30_000).ThenJson(Replies.Completion);

        var running = rig.RunAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(29_999));
        Assert.Single(rig.P.Calls);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));

        Json.OfBody(await running);
        Assert.Equal(570_000, rig.P.Calls[1].RemainingMs);
    }

    [Fact]
    public async Task Goes_on_at_once_when_the_asked_pause_does_not_fit_the_deadline()
    {
        await using var rig = Rig(retriesMax: 3);
        rig.P.ThenFails(FailureKind.ServerError, 503, retryAfterMs: 600_000);
        rig.Q.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Single(rig.P.Calls);
    }

    [Fact]
    public async Task Takes_the_next_key_after_a_rate_limit_and_the_same_again_only_when_all_had_their_turn()
    {
        await using var rig = Rig(retriesMax: 3);
        rig.P.ThenFails(FailureKind.RateLimited, 429, retryAfterMs: 60_000, keyId: "k1")
            .ThenFails(FailureKind.RateLimited, 429, retryAfterMs: 20_000, keyId: "k2")
            .ThenJson(Replies.Completion);

        var running = rig.RunAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(2, rig.P.Calls.Count);
        rig.Time.Advance(TimeSpan.FromMilliseconds(19_999));
        Assert.Equal(2, rig.P.Calls.Count);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));

        Json.OfBody(await running);
        Assert.Equal(["k1"], rig.P.Calls[1].ExhaustedKeyIds);
        Assert.Empty(rig.P.Calls[2].ExhaustedKeyIds);
    }

    [Fact]
    public async Task Passes_a_rate_limit_on_when_no_retry_is_left()
    {
        await using var rig = Rig(retriesMax: 0);
        rig.P.ThenFails(FailureKind.RateLimited, 429, retryAfterMs: 7_000);

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal((429, 7_000L), (failure.Error.Status, failure.Error.RetryAfterMs));
    }

    [Fact]
    public async Task Says_that_the_credentials_are_exhausted_when_every_key_was_rejected()
    {
        await using var rig = Rig(retriesMax: 5);
        rig.P.ThenFails(FailureKind.KeyRejected, 401, keyId: "k2").ThenFails(FailureKind.KeyRejected, 403, keyId: "k1");

        // No pause: another key needs none.
        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal((502, "upstream_credentials_exhausted", true), (failure.Error.Status, failure.Error.Type, failure.Error.IsBifrostError));
        Assert.Equal(2, rig.P.Calls.Count);
        Assert.Equal(["k2"], rig.P.Calls[1].ExhaustedKeyIds);
    }

    [Fact]
    public async Task Never_tries_a_callers_own_rejected_key_again()
    {
        await using var rig = Rig(retriesMax: 5);
        rig.P.ThenFails(FailureKind.KeyRejected, 401, keyId: "");

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal(401, failure.Error.Status);
        Assert.Single(rig.P.Calls);
    }

    [Fact]
    public async Task Leaves_a_key_whose_circuit_opened_for_another()
    {
        await using var rig = Rig(retriesMax: 3);
        rig.P.ThenFails(FailureKind.ServerError, 500).ThenFails(FailureKind.CircuitOpen, 0, sent: false, keyId: "").ThenJson(Replies.Completion);

        var running = rig.RunAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(500));

        Json.OfBody(await running);
        Assert.True(rig.P.Calls[2].AllowedKeyIds.IsDefault);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task Never_repeats_a_request_that_is_at_fault(int status)
    {
        await using var rig = Rig(retriesMax: 5);
        rig.P.ThenFails(FailureKind.BadRequest, status, message: "bad temperature");
        rig.Q.ThenJson(Replies.Completion);

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal((status, "upstream_" + status, "bad temperature"), (failure.Error.Status, failure.Error.Type, failure.Error.Message));
        Assert.Single(rig.P.Calls);
        Assert.Empty(rig.Q.Calls);
        Assert.Equal((AttemptOutcome.Failed, 0L, status), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos, rig.OnlySettlement.Status));
    }

    [Fact]
    public async Task Ends_the_pause_when_the_client_leaves()
    {
        await using var rig = Rig(retriesMax: 5);
        using var client = new CancellationTokenSource();
        rig.P.ThenFails(FailureKind.ServerError, 500);

        var running = rig.RunAsync(client: client.Token, fallbacks: ["q/m"]);
        await client.CancelAsync();
        var failure = Assert.IsType<ChatFailure>(await running);

        Assert.Equal((499, "request_cancelled"), (failure.Error.Status, failure.Error.Type));
        Assert.Single(rig.P.Calls);
        Assert.Empty(rig.Q.Calls);
    }

    [Fact]
    public async Task Ends_with_the_deadline_of_the_whole_request()
    {
        await using var rig = Rig(retriesMax: 1_000);
        rig.P.Then(call =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(50));
            return Task.FromResult(Replies.Failure(FailureKind.Timeout, 0));
        });
        rig.Options = new PipelineOptions { TargetsMax = 40 };

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync(fallbacks: [.. Enumerable.Range(0, 15).Select(i => $"p/m{i}")]));

        // Twelve tries of 50 s make 600 s.
        Assert.Equal(12, rig.P.Calls.Count);
        Assert.Equal(504, failure.Error.Status);
    }
}
