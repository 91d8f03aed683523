using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Tests.Errors;

public sealed class GatewayErrorsTests
{
    [Theory]
    [InlineData(RefusalReason.VirtualKeyNotFound, 403, "access_not_found", null, null)]
    [InlineData(RefusalReason.AccessBlocked, 403, "access_blocked", null, null)]
    [InlineData(RefusalReason.ProviderBlocked, 403, "provider_blocked", null, null)]
    [InlineData(RefusalReason.ModelBlocked, 403, "model_blocked", null, null)]
    [InlineData(RefusalReason.ModelUnpriced, 403, "model_unpriced", null, null)]
    [InlineData(RefusalReason.BudgetExceeded, 402, "budget_exceeded", null, false)]
    [InlineData(RefusalReason.BudgetHeld, 429, "budget_held", 1000L, null)]
    [InlineData(RefusalReason.RequestLimited, 429, "request_limited", null, false)]
    [InlineData(RefusalReason.TokenLimited, 429, "token_limited", null, false)]
    [InlineData(RefusalReason.RateLimited, 429, "rate_limited", null, false)]
    [InlineData(RefusalReason.ConcurrencyLimited, 429, "concurrency_limited", 1000L, null)]
    [InlineData(RefusalReason.QueueFull, 429, "queue_full", 1000L, null)]
    [InlineData(RefusalReason.LedgerUnavailable, 503, "ledger_unavailable", 1000L, null)]
    public void Gives_every_refusal_its_status_and_type(RefusalReason reason, int status, string type, long? retryAfterMs, bool? shouldRetry)
    {
        var error = GatewayErrors.FromRefusal(new Refusal { Reason = reason, Message = "why" }, "openai", "gpt-4");
        Assert.Equal((status, type, "why", retryAfterMs, shouldRetry), (error.Status, error.Type, error.Message, error.RetryAfterMs, error.ShouldRetry));
        Assert.Equal(("openai", "gpt-4", true), (error.Provider, error.Model, error.IsBifrostError));
    }

    [Fact]
    public void Passes_on_when_a_repetition_can_help()
    {
        foreach (var reason in Enum.GetValues<RefusalReason>())
        {
            var error = GatewayErrors.FromRefusal(new Refusal { Reason = reason, Message = "", RetryAfterMs = 2_500 }, null, null);
            Assert.Equal(2_500, error.RetryAfterMs);
            Assert.Equal(reason == RefusalReason.BudgetExceeded ? false : null, error.ShouldRetry);
        }
    }

    [Theory]
    [InlineData(FailureKind.Connect, 502, "provider_unavailable", null)]
    [InlineData(FailureKind.ServerError, 502, "provider_unavailable", null)]
    [InlineData(FailureKind.RateLimited, 429, "rate_limited", 1000L)]
    [InlineData(FailureKind.KeyRejected, 502, "upstream_credentials_exhausted", null)]
    [InlineData(FailureKind.Timeout, 504, "request_timed_out", null)]
    [InlineData(FailureKind.ModelNotFound, 404, "not_found", null)]
    [InlineData(FailureKind.ContextTooLong, 400, "invalid_request_error", null)]
    [InlineData(FailureKind.BadRequest, 400, "invalid_request_error", null)]
    [InlineData(FailureKind.BadAnswer, 502, "provider_unavailable", null)]
    [InlineData(FailureKind.CircuitOpen, 502, "provider_unavailable", 1000L)]
    [InlineData(FailureKind.QueueFull, 503, "request_dropped", 1000L)]
    [InlineData(FailureKind.KeysExhausted, 502, "upstream_credentials_exhausted", null)]
    [InlineData(FailureKind.Aborted, 499, "request_cancelled", null)]
    [InlineData(FailureKind.ShuttingDown, 503, "shutting_down", 1000L)]
    public void Gives_every_failure_without_a_status_that_of_its_kind(FailureKind kind, int status, string type, long? retryAfterMs)
    {
        var failure = new ProviderFailure { Kind = kind, Status = 0, Type = "", Message = "why" };
        var error = GatewayErrors.FromFailure(failure, "openai", "gpt-4");
        Assert.Equal((status, type, retryAfterMs, true), (error.Status, error.Type, error.RetryAfterMs, error.IsBifrostError));
    }

    [Fact]
    public void Has_a_row_for_every_reason_and_every_kind()
    {
        foreach (var reason in Enum.GetValues<RefusalReason>()) Assert.NotEqual(0, RefusalTable.Of(reason).Status);
        foreach (var kind in Enum.GetValues<FailureKind>()) Assert.NotEqual(0, FailureTable.Of(kind).Status);
    }

    [Fact]
    public void Keeps_what_the_provider_said()
    {
        var failure = new ProviderFailure
        {
            Kind = FailureKind.RateLimited, Status = 429, Type = "tokens", Message = "m", Code = "rate_limit_exceeded", Param = "p", FromProvider = true, RetryAfterMs = 7_000,
        };
        var error = GatewayErrors.FromFailure(failure, "openai", "gpt-4");
        Assert.Equal((429, "tokens", "m"), (error.Status, error.Type, error.Message));
        Assert.Equal(("rate_limit_exceeded", "p", false, 7_000L), (error.Code, error.Param, error.IsBifrostError, error.RetryAfterMs));
        Assert.Null(error.ShouldRetry);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(0)]
    [InlineData(999)]
    public void Never_answers_a_failure_with_a_status_that_is_no_errors(int status)
    {
        var failure = new ProviderFailure { Kind = FailureKind.ServerError, Status = status, Type = "", Message = "m", FromProvider = true };
        Assert.Equal(502, GatewayErrors.FromFailure(failure, null, null).Status);
    }
}
