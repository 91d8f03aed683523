using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

public class ErrorAnswerTests(SimulatorFixture simulator)
{
    [Theory]
    [InlineData("sim-400", FailureKind.BadRequest, 400, "invalid_request_error", null)]
    [InlineData("sim-401", FailureKind.KeyRejected, 401, "invalid_request_error", "invalid_api_key")]
    [InlineData("sim-402", FailureKind.KeyRejected, 402, "invalid_request_error", null)]
    [InlineData("sim-403", FailureKind.KeyRejected, 403, "permission_error", "access_denied")]
    [InlineData("sim-404", FailureKind.ModelNotFound, 404, "invalid_request_error", "model_not_found")]
    [InlineData("sim-408", FailureKind.Timeout, 408, "invalid_request_error", null)]
    [InlineData("sim-409", FailureKind.BadRequest, 409, "invalid_request_error", null)]
    [InlineData("sim-422", FailureKind.BadRequest, 422, "invalid_request_error", null)]
    [InlineData("sim-429", FailureKind.RateLimited, 429, "requests", "rate_limit_exceeded")]
    [InlineData("sim-quota", FailureKind.KeyRejected, 429, "insufficient_quota", "insufficient_quota")]
    [InlineData("sim-context", FailureKind.ContextTooLong, 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData("sim-filter-400", FailureKind.BadRequest, 400, "invalid_request_error", "content_filter")]
    [InlineData("sim-500", FailureKind.ServerError, 500, "server_error", null)]
    [InlineData("sim-502", FailureKind.ServerError, 502, "server_error", null)]
    [InlineData("sim-503", FailureKind.ServerError, 503, "server_error", null)]
    [InlineData("sim-504", FailureKind.ServerError, 504, "server_error", null)]
    [InlineData("sim-529", FailureKind.ServerError, 529, "server_error", null)]
    public async Task Keeps_what_the_provider_said(string model, FailureKind kind, int status, string type, string? code)
    {
        foreach (var stream in new[] { false, true })
        {
            var failure = await Tries.FailAsync(simulator.Address, Tries.Call(model, stream));
            Assert.Equal((kind, status, type, code, true), (failure.Kind, failure.Status, failure.Type, failure.Code, failure.FromProvider));
            Assert.NotEmpty(failure.Message);
        }
    }

    [Fact]
    public async Task Keeps_the_field_at_fault() =>
        Assert.Equal("messages", (await Tries.FailAsync(simulator.Address, Tries.Call("sim-context"))).Param);

    [Theory]
    [InlineData("sim-429-retry-2", 2_000, 2_000)]
    [InlineData("sim-429-retry-0", 0, 0)]
    [InlineData("sim-503-retry-date-60", 55_000, 61_000)]
    public async Task Reads_retry_after_as_seconds_and_as_a_date(string model, long leastMs, long mostMs) =>
        Assert.InRange((await Tries.FailAsync(simulator.Address, Tries.Call(model))).RetryAfterMs!.Value, leastMs, mostMs);

    [Fact]
    public async Task Says_nothing_of_retrying_when_the_provider_does_not() =>
        Assert.Null((await Tries.FailAsync(simulator.Address, Tries.Call("sim-429"))).RetryAfterMs);

    [Fact]
    public async Task Shows_no_page_for_browsers_to_callers()
    {
        var failure = await Tries.FailAsync(simulator.Address, Tries.Call("sim-html-503"));
        Assert.Equal((FailureKind.ServerError, 503, true), (failure.Kind, failure.Status, failure.FromProvider));
        Assert.DoesNotContain("<", failure.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Takes_an_error_object_under_a_200_for_what_it_is(bool stream)
    {
        var reply = await Tries.SendAsync(simulator.Address, Tries.Call("sim-error-200", stream));
        Assert.Null(reply.Body);
        Assert.True(reply.Failure!.FromProvider);
        Assert.InRange(reply.Failure.Status, 400, 599);
    }

    [Theory]
    [InlineData("sim-503-charged", false, true)]
    [InlineData("sim-503-charged", true, true)]
    [InlineData("sim-error-200-charged", false, true)]
    [InlineData("sim-error-200-charged", true, true)]
    [InlineData("sim-error-after-2-charged", false, true)]
    [InlineData("sim-503", false, false)]
    [InlineData("sim-error-200", true, false)]
    public async Task Keeps_the_usage_that_an_error_states(string model, bool stream, bool stated)
    {
        var failure = await Tries.FailAsync(simulator.Address, Tries.Call(model + "-tokens-57-out-12", stream));
        Assert.Equal(stated ? (57, 12) : null, failure.Usage is { } usage ? ((long, long)?)(usage.PromptTokens, usage.CompletionTokens) : null);
    }

    [Theory]
    [InlineData("""{"error":{"message":"slow down","type":"rate_limit_error","code":null}}""", FailureKind.RateLimited, 429)]
    [InlineData("""{"error":{"message":"upstream overloaded","code":529}}""", FailureKind.ServerError, 529)]
    [InlineData("""{"error":{"message":"prompt is too long: 9 tokens","type":"invalid_request_error"}}""", FailureKind.ContextTooLong, 400)]
    [InlineData("""{"error":"something broke"}""", FailureKind.ServerError, 502)]
    public async Task Finds_the_status_of_an_error_under_a_200_in_what_it_says(string body, FailureKind kind, int status)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((kind, status, true), (failure.Kind, failure.Status, failure.FromProvider));
    }

    [Theory]
    [InlineData("Content-Length: 500\r\n\r\n{\"error\":")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{")]
    [InlineData("Content-Length: 0\r\n\r\n")]
    public async Task Stands_by_the_status_of_an_error_whose_body_never_comes(string rest)
    {
        await using var upstream = RawUpstream.Saying("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\n" + rest);
        var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.RateLimited, 429, 3_000L, true), (failure.Kind, failure.Status, failure.RetryAfterMs, failure.FromProvider));
        Assert.NotEmpty(failure.Message);
    }

    /// <summary>The page of a proxy that had given the provider up was taken for the provider's word that nothing ran.</summary>
    [Theory]
    [InlineData("504 Gateway Time-out", "text/html", "<html></html>", true)]
    [InlineData("502 Bad Gateway", "text/plain", "upstream connect error or disconnect/reset before headers", true)]
    [InlineData("500 Internal Server Error", "application/json", "{}", true)]
    [InlineData("524 A Timeout Occurred", "text/plain", "error code: 524", true)]
    [InlineData("504 Gateway Time-out", "application/json", """{"error":{"message":"The model was too slow."}}""", false)]
    [InlineData("504 Gateway Time-out", "application/json", """{"message":"Endpoint request timed out"}""", true)]
    [InlineData("500 Internal Server Error", "application/json", """{"message":"internal server error"}""", false)]
    [InlineData("503 Service Unavailable", "text/html", "<html></html>", false)]
    [InlineData("521 Web Server Is Down", "text/plain", "error code: 521", false)]
    [InlineData("404 Not Found", "text/html", "<html></html>", false)]
    public async Task Knows_the_word_of_the_provider_from_the_page_of_a_proxy(string status, string type, string body, bool mayHaveRun)
    {
        await using var upstream = RawUpstream.Saying(
            $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        Assert.Equal(mayHaveRun, (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).MayHaveRun);
    }

    /// <summary>A failed answer with a model's text in it was booked as nothing.</summary>
    [Theory]
    [InlineData("400 Bad Request", """{"choices":[{"message":{"content":"some text"}}]}""", true)]
    [InlineData("429 Too Many Requests", """{"choices":[{"message":{"thoughts":"some text"}}],"error":{"message":"slow down"}}""", true)]
    [InlineData("200 OK", """{"choices":[{"message":{"content":"some text"}}],"error":{"message":"no"}}""", true)]
    [InlineData("500 Internal Server Error", "data: {\"choices\":[{\"delta\":{\"content\":\"some text\"}}]}\n\n", true)]
    [InlineData("400 Bad Request", """{"error":{"message":"some text"}}""", false)]
    public async Task Tells_of_content_beside_an_error(string status, string body, bool mayHaveRun)
    {
        await using var upstream = RawUpstream.Saying(
            $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        Assert.Equal(mayHaveRun, (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).MayHaveRun);
    }

    /// <summary>It was read beside the error alone.</summary>
    [Fact]
    public async Task Reads_a_usage_inside_of_an_error()
    {
        const string body = """{"error":{"message":"no","usage":{"prompt_tokens":57,"completion_tokens":12}}}""";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var usage = (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).Usage;
        Assert.Equal((57L, 12L), (usage!.Value.PromptTokens, usage.Value.CompletionTokens));
    }

    [Fact]
    public async Task Takes_the_secret_out_of_a_message_that_repeats_it()
    {
        const string body = """{"error":{"message":"Bad key: secret-of-provider."}}""";
        await using var upstream = RawUpstream.Saying($"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal("Bad key: ***.", (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).Message);
    }
}
