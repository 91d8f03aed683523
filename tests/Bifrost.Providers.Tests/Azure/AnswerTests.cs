using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Azure;

public class AnswerTests
{
    /// <summary>Each row: the status, headers, the body, and what it means.</summary>
    public static TheoryData<int, string, string, FailureKind, string?, long?> Errors => new()
    {
        { 401, "", """{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}""", FailureKind.KeyRejected, "401", null },
        { 401, "", """{"statusCode":401,"message":"Unauthorized. Access token is missing"}""", FailureKind.KeyRejected, "401", null },
        { 403, "", """{"error":{"code":"Forbidden","message":"Public access is disabled."}}""", FailureKind.KeyRejected, "Forbidden", null },
        { 404, "", """{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}""", FailureKind.ModelNotFound, "DeploymentNotFound", null },
        { 404, "", """{"error":{"code":"404","message":"Resource not found"}}""", FailureKind.ModelNotFound, "404", null },
        { 408, "", """{"error":{"code":"Timeout","message":"The operation was timeout."}}""", FailureKind.Timeout, "Timeout", null },
        { 429, "retry-after: 7\r\nretry-after-ms: 6543\r\n", """{"error":{"code":"429","message":"Requests have exceeded the limit. Please retry after 7 seconds."}}""", FailureKind.RateLimited, "429", 6_543 },
        { 429, "retry-after: 7\r\n", """{"error":{"code":"too_many_requests","message":"Too many requests"}}""", FailureKind.RateLimited, "too_many_requests", 7_000 },
        { 500, "", """{"error":{"code":"InternalServerError","message":"x"}}""", FailureKind.ServerError, "InternalServerError", null },
        { 503, "", """{"error":{"code":"ServiceUnavailable","message":"x"}}""", FailureKind.ServerError, "ServiceUnavailable", null },
        { 400, "", """{"error":{"code":"context_length_exceeded","message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages"}}""", FailureKind.ContextTooLong, "context_length_exceeded", null },
        { 400, "", """{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation does not work with the specified model."}}""", FailureKind.BadRequest, "OperationNotSupported", null },
        { 400, "", """{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}""", FailureKind.BadRequest, "content_filter", null },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Errors_keep_their_status_code_and_words(int status, string headers, string body, FailureKind kind, string? code, long? retryAfterMs)
    {
        foreach (var stream in (bool[])[false, true])
        {
            await using var upstream = RawUpstream.Saying(
                $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
            var failure = await Deployed.FailAsync(Deployed.ResourceAt(upstream.Address), Tries.Call("m", stream));
            Assert.Equal((kind, status, code, retryAfterMs, true), (failure.Kind, failure.Status, failure.Code, failure.RetryAfterMs, failure.FromProvider));
            Assert.Contains(failure.Message, body, StringComparison.Ordinal);
        }
    }

    /// <summary>BerriAI/litellm#9662: verdicts were lost. BerriAI/litellm#1564: a filter that was down is no error of the model.</summary>
    [Fact]
    public async Task What_filters_say_stays_in_the_answer_even_that_they_were_down()
    {
        const string body = """{"id":"c","object":"chat.completion","created":7,"model":"m","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}}],"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop","content_filter_results":{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var reply = await Deployed.SendAsync(Deployed.ResourceAt(upstream.Address), Tries.Call("m"));
        await using var answer = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        Assert.Equal(body, Encoding.UTF8.GetString(answer.Json.Span));
    }
}
