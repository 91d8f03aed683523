using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Runner;

namespace Bifrost.Jobs.Tests.Runner;

/// <summary>What follows from a run that did not answer.</summary>
public sealed class JobVerdicts
{
    [Theory]
    [InlineData(RefusalReason.BudgetHeld, null, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.RequestLimited, 500L, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.TokenLimited, 500L, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.RateLimited, 500L, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.ConcurrencyLimited, null, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.QueueFull, null, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.LedgerUnavailable, null, JobPutBackReason.Wait)]
    [InlineData(RefusalReason.BudgetExceeded, null, null)]
    [InlineData(RefusalReason.TokenLimited, null, null)]
    [InlineData(RefusalReason.AccessBlocked, null, null)]
    [InlineData(RefusalReason.ModelBlocked, null, null)]
    [InlineData(RefusalReason.VirtualKeyNotFound, null, null)]
    public void Only_what_waiting_helps_is_put_back(RefusalReason reason, long? retryAfterMs, JobPutBackReason? putBack)
    {
        var refusal = new Refusal { Reason = reason, Message = "No.", RetryAfterMs = retryAfterMs };
        var verdict = Of(GatewayErrors.FromRefusal(refusal, "p", "m"));
        Assert.Equal(putBack is null ? JobStatus.Failed : null, verdict.End);
        if (putBack is not null) Assert.Equal(putBack, verdict.PutBack);
        Assert.Equal(verdict.Ends, verdict.RetryAfterMs is null);
        Assert.True(verdict.Outcome!.StatusCode >= 400);
    }

    [Fact]
    public void A_provider_that_says_429_fails_the_job_as_it_fails_a_call() =>
        Assert.Equal(JobStatus.Failed, Of(Error(429, "rate_limited") with { IsBifrostError = false, RetryAfterMs = 1 }).End);

    [Fact]
    public void A_run_that_called_an_upstream_is_charged_though_credit_was_in_the_way_too()
    {
        var held = Error(429, ErrorTypes.BudgetHeld) with { RetryAfterMs = 1 };
        Assert.Equal(JobPutBackReason.Wait, Of(held with { Attempts = [new("p", "m", 429, ErrorTypes.BudgetHeld, 1)] }).PutBack);
        var called = Of(held with { Attempts = [new("p", "m", 429, ErrorTypes.BudgetHeld, 1), new("q", "m", 400, "invalid_request_error", 1)] });
        Assert.Equal((null, JobPutBackReason.Lost, null), (called.End, called.PutBack, called.RetryAfterMs));
    }

    [Fact]
    public void A_process_that_stops_puts_back_and_a_rotation_that_is_under_way_waits()
    {
        Assert.Equal(JobPutBackReason.Drain, Of(Error(503, ErrorTypes.ShuttingDown)).PutBack);
        var unknown = new ChatFailure(ResponseInfo.None, Error(403, ErrorTypes.AccessNotFound));
        Assert.Equal((null, JobPutBackReason.Wait), (JobVerdict.Of(unknown, keyIsThere: true).End, JobVerdict.Of(unknown, keyIsThere: true).PutBack));
    }

    [Fact]
    public void A_key_backs_off_longer_with_every_wave_and_anew_once_a_job_got_through()
    {
        var time = new FakeTimeProvider();
        var pauses = new KeyPauses(new JobOptions { KeyDelay = TimeSpan.FromSeconds(1), KeyDelayMax = TimeSpan.FromSeconds(5) }, time);
        Assert.Equal(1, pauses.Refused("a", 0).TotalSeconds);
        time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(0.6, pauses.Refused("a", 0).TotalSeconds, 3);
        foreach (var seconds in new[] { 2, 4, 5, 5 })
        {
            time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(seconds, pauses.Refused("a", 0).TotalSeconds);
        }

        Assert.Equal(3, pauses.Refused("b", 3_000).TotalSeconds);
        Assert.Equal(5, pauses.Refused("c", 3_600_000).TotalSeconds);
        pauses.GotThrough("a");
        Assert.Equal(1, pauses.Refused("a", 0).TotalSeconds);
    }

    private static GatewayError Error(int status, string type) => new() { Status = status, Type = type, Message = "No." };

    private static JobVerdict Of(GatewayError error) => JobVerdict.Of(new ChatFailure(ResponseInfo.None, error), keyIsThere: false);
}
