using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Sheet;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Anthropic;

public class AnswerTests(SimulatorFixture simulator)
{
    private const string Message = """
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[
          {"type":"thinking","thinking":"so \u00fc","signature":"c2ln"},{"type":"redacted_thinking","data":"RUJD"},
          {"type":"text","text":"A 👋","citations":[{"type":"web_search_result_location","url":"https://e.com/a","title":"T","cited_text":"c","encrypted_index":"i"},{"type":"char_location","document_index":0,"cited_text":"d","start_char_index":0,"end_char_index":1}]},
          {"type":"text","text":"\n\"b\""},
          {"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"query":"q"}},
          {"type":"web_search_tool_result","tool_use_id":"srv_1","content":[{"type":"web_search_result","url":"https://e.com/a","title":"T","page_age":"1 day","encrypted_content":"x"}]},
          {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":"x\"y","n":[1, 2]}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],
         "stop_reason":"tool_use","stop_sequence":null,
         "usage":{"input_tokens":120,"cache_creation_input_tokens":2500,"cache_read_input_tokens":100000,"cache_creation":{"ephemeral_5m_input_tokens":2000,"ephemeral_1h_input_tokens":500},"output_tokens":800,"output_tokens_details":{"thinking_tokens":300},"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":"standard"}}
        """;

    [Fact]
    public async Task Every_block_has_its_place()
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", Message));
        var reply = await Claude.SendAsync(upstream.Address, Claude.Call("claude-opus-5-5"));
        await using var body = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        var json = JsonNode.Parse(body.Json.Span)!.AsObject();
        json.Remove("created");
        var expected = JsonNode.Parse("""
            {"id":"msg_1","object":"chat.completion","model":"claude-opus-5-5","choices":[{"index":0,"message":{"role":"assistant","content":"A 👋\n\"b\"","reasoning":"so ü",
              "reasoning_details":[{"type":"reasoning.text","text":"so ü","signature":"c2ln","format":"anthropic-claude-v1","model":"claude-opus-5-5","index":0},{"type":"reasoning.encrypted","data":"RUJD","format":"anthropic-claude-v1","model":"claude-opus-5-5","index":1}],
              "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\":\"x\\\"y\",\"n\":[1, 2]}"}},{"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"}}],
              "annotations":[{"type":"url_citation","url_citation":{"url":"https://e.com/a","title":"T","start_index":0,"end_index":3}}],
              "citations":[{"type":"char_location","document_index":0,"cited_text":"d","start_char_index":0,"end_char_index":1}]},
              "finish_reason":"tool_calls","native_finish_reason":"tool_use"}],
             "search_results":[{"title":"T","url":"https://e.com/a","date":"1 day"}],"service_tier":"default",
             "usage":{"prompt_tokens":102620,"completion_tokens":800,"total_tokens":103420,"prompt_tokens_details":{"cached_tokens":100000,"cached_write_tokens":2500,"cached_write_tokens_1h":500},"completion_tokens_details":{"reasoning_tokens":300,"num_search_queries":0}}}
            """);
        Assert.True(JsonNode.DeepEquals(expected, json), json.ToJsonString());
        Assert.Equal(Message, Encoding.UTF8.GetString(body.Raw.Span));
    }

    /// <summary>Writes to the cache were counted as output, or not at all, and a fourth of the invoice was missing.</summary>
    [Theory]
    [InlineData("claude-opus-5-5", """{"input_tokens":120,"cache_read_input_tokens":100000,"cache_creation_input_tokens":2500,"cache_creation":{"ephemeral_5m_input_tokens":2000,"ephemeral_1h_input_tokens":500},"output_tokens":800}""", 50_480_000)]
    [InlineData("claude-sonnet-5-5", """{"input_tokens":1000,"cache_read_input_tokens":50000,"cache_creation_input_tokens":0,"output_tokens":1000}""", 17_000_000)]
    [InlineData("claude-haiku-5-5", """{"input_tokens":90000,"cache_read_input_tokens":0,"cache_creation_input_tokens":10000,"cache_creation":{"ephemeral_5m_input_tokens":10000,"ephemeral_1h_input_tokens":0},"output_tokens":1000}""", 10_750_000)]
    [InlineData("claude-haiku-5-5", """{"input_tokens":100001,"output_tokens":1000}""", 52_500_500)]
    public async Task Usage_costs_what_the_price_list_says(string model, string usage, long nanos)
    {
        var message = $$$"""{"id":"m","type":"message","role":"assistant","model":"{{{model}}}","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{{{usage}}}}""";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", message));
        await using var body = (ScannedBody)(await Claude.SendAsync(upstream.Address, Claude.Call(model))).Body!;
        var price = BuiltInPrices.Load()["anthropic/" + model].At(new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero))!;
        Assert.Equal(nanos, CostCalculator.Cost(price, body.Shape.Usage!.Value).TotalNanos);
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("pause_turn", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("refusal", "content_filter")]
    [InlineData("compaction", "stop")]
    [InlineData("something_new", "stop")]
    public async Task Reasons(string reason, string expected)
    {
        var message = $$$"""{"id":"m","type":"message","model":"m","content":[],"stop_reason":"{{{reason}}}","stop_details":{"explanation":"No."},"usage":{"input_tokens":1,"output_tokens":1}}""";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", message));
        await using var body = (PlainBody)(await Claude.SendAsync(upstream.Address, Claude.Call("m"))).Body!;
        var choice = JsonNode.Parse(body.Json.Span)!["choices"]![0]!;
        Assert.Equal((expected, reason), (choice["finish_reason"]!.GetValue<string>(), choice["native_finish_reason"]!.GetValue<string>()));
        Assert.Equal(reason == "refusal" ? "No." : null, choice["message"]!["refusal"]?.GetValue<string>());
    }

    [Theory]
    [InlineData("""[{"type":"message","input_tokens":10,"output_tokens":20},{"type":"compaction","input_tokens":5,"output_tokens":6},{"type":"advisor_message","input_tokens":90,"output_tokens":90}]""", 15, 26)]
    [InlineData("""[{"type":"message","input_tokens":10,"output_tokens":20},{"type":"fallback_message","input_tokens":3,"output_tokens":4}]""", 3, 4)]
    public async Task Passes_of_one_answer_are_counted_together(string iterations, long prompt, long completion)
    {
        var message = $$$"""{"id":"m","type":"message","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":4,"iterations":{{{iterations}}}}}""";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", message));
        await using var body = (ScannedBody)(await Claude.SendAsync(upstream.Address, Claude.Call("m"))).Body!;
        Assert.Equal(new TokenUsage { PromptTokens = prompt, CompletionTokens = completion }, body.Shape.Usage);
    }

    [Theory]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"},"request_id":"req_1"}""", FailureKind.ContextTooLong, "context_length_exceeded")]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000, decrease input length or `max_tokens` and try again"}}""", FailureKind.ContextTooLong, "context_length_exceeded")]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"messages: odd"}}""", FailureKind.BadRequest, null)]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}""", FailureKind.KeyRejected, null)]
    [InlineData(401, """{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key secret-of-provider"}}""", FailureKind.KeyRejected, null)]
    [InlineData(402, """{"type":"error","error":{"type":"billing_error","message":"pay"}}""", FailureKind.KeyRejected, null)]
    [InlineData(403, """{"type":"error","error":{"type":"permission_error","message":"no"}}""", FailureKind.KeyRejected, null)]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}""", FailureKind.ModelNotFound, null)]
    [InlineData(413, """{"type":"error","error":{"type":"request_too_large","message":"big"}}""", FailureKind.BadRequest, null)]
    [InlineData(429, """{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}""", FailureKind.RateLimited, null)]
    [InlineData(429, """{"type":"error","error":{"type":"rate_limit_error","message":"spent","details":{"error_code":"enforced_spend_limit_reached"}}}""", FailureKind.KeyRejected, "enforced_spend_limit_reached")]
    [InlineData(500, """{"type":"error","error":{"type":"api_error","message":"oops"}}""", FailureKind.ServerError, null)]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", FailureKind.ServerError, null)]
    [InlineData(520, "<html>edge</html>", FailureKind.ServerError, null)]
    public async Task Errors_keep_their_words_and_have_their_class(int status, string error, FailureKind kind, string? code)
    {
        await using var upstream = RawUpstream.Saying($"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nretry-after-ms: 700\r\nContent-Length: {Encoding.UTF8.GetByteCount(error)}\r\n\r\n{error}");
        foreach (var stream in (bool[])[false, true])
        {
            var failure = await Claude.FailAsync(upstream.Address, Claude.Call("claude-haiku-4-5", stream: stream));
            Assert.Equal((kind, status, code, (long?)700), (failure.Kind, failure.Status, failure.Code, failure.RetryAfterMs));
            if (!error.StartsWith('{')) continue;
            var said = JsonNode.Parse(error)!["error"]!;
            Assert.Equal(said["message"]!.GetValue<string>().Replace("secret-of-provider", "***", StringComparison.Ordinal), failure.Message);
            Assert.Equal((said["type"]!.GetValue<string>(), true), (failure.Type, failure.FromProvider));
        }
    }

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", FailureKind.ServerError, 529)]
    [InlineData("""{"choices":[]}""", FailureKind.BadAnswer, 502)]
    [InlineData("half", FailureKind.BadAnswer, 502)]
    public async Task What_is_no_message_is_no_answer(string body, FailureKind kind, int status)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var failure = await Claude.FailAsync(upstream.Address, Claude.Call("claude-haiku-4-5"));
        Assert.Equal((kind, status), (failure.Kind, failure.Status));
    }

    [Theory]
    [InlineData("sim-words-9-cut-after-3", FailureKind.BadAnswer)]
    [InlineData("sim-words-9-no-done", FailureKind.BadAnswer)]
    [InlineData("sim-words-9-error-after-3", FailureKind.ServerError)]
    public async Task A_stream_that_breaks_is_broken(string script, FailureKind kind)
    {
        await using var stream = Tries.Opened(await Claude.SendAsync(simulator.Address, Claude.Call(script, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.NotEmpty(chunks);
        Assert.Equal((StreamEventKind.Failed, kind), (last.Kind, last.Failure!.Kind));
    }

    [Theory]
    [InlineData("sim-words-20")]
    [InlineData("sim-words-20-split")]
    [InlineData("sim-words-20-crlf-comments")]
    [InlineData("sim-unicode")]
    public async Task A_stream_says_what_the_whole_answer_says(string script)
    {
        await using var plain = (PlainBody)(await Claude.SendAsync(simulator.Address, Claude.Call(script))).Body!;
        await using var stream = Tries.Opened(await Claude.SendAsync(simulator.Address, Claude.Call(script, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal(StreamEventKind.Done, last.Kind);
        Assert.Equal(JsonNode.Parse(plain.Json.Span)!["choices"]![0]!["message"]!["content"]!.GetValue<string>(), Tries.TextOf(chunks));
    }
}
