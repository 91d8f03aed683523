using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Anthropic;

public class StreamTests
{
    private static string[] ExpectedChunks => [.. Transcripts.ExpectedOfIt.Select(rest => Transcripts.Head + rest)];

    [Fact]
    public async Task Thinking_text_and_two_tools_become_these_chunks_wherever_the_stream_is_torn()
    {
        var body = Transcripts.Framed(Transcripts.ThinkingTextAndTwoTools);
        for (var tear = TornStream.Everywhere; tear < body.Length; tear++)
        {
            var (chunks, last) = await Claude.ReadAsync(body, tear);
            Assert.Equal(ExpectedChunks, chunks);
            Assert.Equal(StreamEventKind.Done, last.Kind);
        }
    }

    [Theory]
    [InlineData("\r\n", "")]
    [InlineData("\r", "")]
    [InlineData("\n", ": keep-alive\n")]
    [InlineData("\r\n", ": x\r\n\r\n")]
    public async Task The_frame_makes_no_difference(string lineEnd, string comment)
    {
        var body = Transcripts.Framed(Transcripts.ThinkingTextAndTwoTools, lineEnd, comment);
        Assert.Equal(ExpectedChunks, (await Claude.ReadAsync(body, TornStream.Everywhere)).Chunks);
        Assert.Equal(ExpectedChunks, (await Claude.ReadAsync([0xEF, 0xBB, 0xBF, .. body], body.Length)).Chunks);
    }

    /// <summary>A connection that closed early, and a proxy's end mark behind it, were taken for the end of the answer.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    public async Task A_stream_without_its_end_is_never_whole(string tail)
    {
        for (var events = 0; events < Transcripts.ThinkingTextAndTwoTools.Length - 1; events++)
        {
            byte[] body = [.. Transcripts.Framed(Transcripts.ThinkingTextAndTwoTools.Take(events)), .. Encoding.UTF8.GetBytes(tail)];
            var (_, last) = await Claude.ReadAsync(body, body.Length);
            Assert.Equal((StreamEventKind.Failed, FailureKind.BadAnswer), (last.Kind, last.Failure!.Kind));
        }
    }

    [Fact]
    public async Task An_end_without_a_reason_is_none()
    {
        var (_, last) = await ReadAsync(Transcripts.Start(), Transcripts.TextStart, Transcripts.Text("a"), Transcripts.BlockStop(), Transcripts.Stop);
        Assert.Equal(FailureKind.BadAnswer, last.Failure?.Kind);
    }

    [Fact]
    public async Task Characters_of_several_bytes_survive_every_tear()
    {
        var body = Transcripts.Framed([Transcripts.Start(), Transcripts.TextStart, Transcripts.Text("Grüße 👋🏽 你好"), Transcripts.BlockStop(), Transcripts.End(), Transcripts.Stop]);
        for (var tear = 0; tear < body.Length; tear++) Assert.Equal("Grüße 👋🏽 你好", Tries.TextOf((await Claude.ReadAsync(body, tear)).Chunks));
    }

    /// <summary>The error event's line was passed over, and its stream looked as if it had merely ended.</summary>
    [Fact]
    public async Task An_error_in_the_middle_ends_the_stream_as_that_error()
    {
        var (chunks, last) = await ReadAsync(Transcripts.Start(), Transcripts.TextStart, Transcripts.Text("a"), Transcripts.Overloaded);
        Assert.Equal("a", Tries.TextOf(chunks));
        Assert.Equal((FailureKind.ServerError, 529, "overloaded_error", "Overloaded"), Said(last));
    }

    [Fact]
    public async Task An_error_as_the_first_event_is_a_failure_before_the_first_byte()
    {
        foreach (string[] events in (string[][])[[Transcripts.Overloaded], [Transcripts.Start(), """{"type":"ping"}""", Transcripts.Overloaded]])
        {
            var (chunks, last) = await ReadAsync(events);
            Assert.Empty(chunks);
            Assert.Equal((FailureKind.ServerError, 529, "overloaded_error", "Overloaded"), Said(last));
        }
    }

    [Theory]
    [InlineData("rate_limit_error", FailureKind.RateLimited, 429)]
    [InlineData("authentication_error", FailureKind.KeyRejected, 401)]
    [InlineData("billing_error", FailureKind.KeyRejected, 402)]
    [InlineData("invalid_request_error", FailureKind.BadRequest, 400)]
    [InlineData("api_error", FailureKind.ServerError, 500)]
    [InlineData("timeout_error", FailureKind.ServerError, 504)]
    public async Task An_error_of_any_type_in_a_stream_has_its_class(string type, FailureKind kind, int status)
    {
        var (_, last) = await ReadAsync($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"m"}}""");
        Assert.Equal((kind, status), (last.Failure!.Kind, last.Failure.Status));
    }

    [Fact]
    public async Task A_page_of_somebody_between_is_no_stream()
    {
        var (_, last) = await Claude.ReadAsync("<html><body>502</body></html>"u8.ToArray(), 0);
        Assert.Equal(FailureKind.BadAnswer, last.Failure?.Kind);
    }

    /// <summary>Calls whose arguments stood in their first event came without any.</summary>
    [Fact]
    public async Task Arguments_that_come_with_the_call_are_not_lost()
    {
        var (chunks, _) = await ReadAsync(
            Transcripts.Start(),
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":"x\"y"}}}""",
            Transcripts.BlockStop(),
            Transcripts.End("tool_use"),
            Transcripts.Stop);
        Assert.Equal("""{"a":"x\"y"}""", Arguments(chunks));
    }

    [Fact]
    public async Task Calls_that_the_message_begins_with_are_calls()
    {
        var start = Transcripts.Start(content: """[{"type":"text","text":"so: "},{"type":"tool_use","id":"toolu_9","name":"f","input":{"a":1}}]""");
        var (chunks, _) = await ReadAsync(start, Transcripts.End("tool_use"), Transcripts.Stop);
        Assert.Equal(("so: ", """{"a":1}"""), (Tries.TextOf(chunks), Arguments(chunks)));
        Assert.Contains("\"finish_reason\":\"tool_calls\"", chunks[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tools_that_the_provider_runs_itself_are_no_calls()
    {
        var (chunks, _) = await ReadAsync(
            Transcripts.Start(),
            """{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"q\"}"}}""",
            Transcripts.BlockStop(),
            """{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://example.com/a","title":"A","page_age":"2026-01-02","encrypted_content":"x"}]}}""",
            Transcripts.BlockStop(1),
            """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}""",
            Transcripts.Text("Grüße 👋 ", 2),
            """{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://example.com/a","title":"A","cited_text":"c","encrypted_index":"e"}}}""",
            """{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"page_location","document_index":0,"cited_text":"d","start_page_number":1,"end_page_number":2}}}""",
            Transcripts.BlockStop(2),
            Transcripts.End(usage: """{"output_tokens":9,"server_tool_use":{"web_search_requests":1,"web_fetch_requests":0}}"""),
            Transcripts.Stop);
        Assert.DoesNotContain(chunks, chunk => chunk.Contains("tool_calls", StringComparison.Ordinal));
        Assert.Contains(chunks, chunk => chunk.EndsWith(""","search_results":[{"title":"A","url":"https://example.com/a","date":"2026-01-02"}]}""", StringComparison.Ordinal));
        Assert.Contains(chunks, chunk => chunk.Contains(
            """{"annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com/a","title":"A","start_index":0,"end_index":8}}],"citations":[{"type":"page_location","document_index":0,"cited_text":"d","start_page_number":1,"end_page_number":2}]}""",
            StringComparison.Ordinal));
        Assert.Contains("\"finish_reason\":\"stop\",\"native_finish_reason\":\"end_turn\"", chunks[^1], StringComparison.Ordinal);
        Assert.Contains("\"num_search_queries\":1", chunks[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_a_filtered_answer_with_its_explanation()
    {
        var (chunks, last) = await ReadAsync(
            Transcripts.Start(), Transcripts.End("refusal", ""","stop_details":{"type":"refusal","category":"cyber","explanation":"No."}"""), Transcripts.Stop);
        Assert.Contains("""{"content":"","refusal":"No."},"finish_reason":"content_filter","native_finish_reason":"refusal"}""", chunks[^1], StringComparison.Ordinal);
        Assert.Equal(StreamEventKind.Done, last.Kind);
    }

    /// <summary>Counts that were told before were added up, or replaced by zeros.</summary>
    [Fact]
    public async Task Usage_is_the_newest_of_each_count_and_nothing_is_made_up()
    {
        var (chunks, _) = await ReadAsync(
            Transcripts.Start("""{"input_tokens":10,"cache_read_input_tokens":4,"cache_creation_input_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":5},"output_tokens":2}"""),
            Transcripts.TextStart, Transcripts.Text("a"), Transcripts.BlockStop(),
            Transcripts.End(usage: """{"output_tokens":5,"input_tokens":null}"""),
            Transcripts.End(usage: """{"output_tokens":7}"""),
            Transcripts.Stop);
        Assert.EndsWith(
            """choices":[],"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27,"prompt_tokens_details":{"cached_tokens":4,"cached_write_tokens":6,"cached_write_tokens_1h":5}}}""",
            chunks[^1],
            StringComparison.Ordinal);
        var untold = await ReadAsync(Transcripts.Start("{}"), Transcripts.TextStart, Transcripts.Text("a"), Transcripts.BlockStop(), Transcripts.End(usage: "{}"), Transcripts.Stop);
        Assert.DoesNotContain(untold.Chunks, chunk => chunk.Contains("usage", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_and_pieces_that_are_not_known_are_passed_over()
    {
        var (chunks, last) = await ReadAsync(
            Transcripts.Start(), """{"type":"new_thing","delta":{"type":"text_delta","text":"no"}}""", Transcripts.TextStart,
            """{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"no"}}""", Transcripts.Text("yes"), Transcripts.BlockStop(),
            """{"type":"content_block_start","index":1,"content_block":{"type":"new_block","text":"no"}}""", Transcripts.BlockStop(1), Transcripts.End(), Transcripts.Stop);
        Assert.Equal(("yes", StreamEventKind.Done), (Tries.TextOf(chunks), last.Kind));
    }

    [Fact]
    public async Task Hidden_thinking_comes_back_to_be_sent_again()
    {
        var (chunks, _) = await ReadAsync(
            Transcripts.Start(),
            """{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"RUJD"}}""", Transcripts.BlockStop(),
            """{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"only"}}""", Transcripts.BlockStop(1),
            Transcripts.End(), Transcripts.Stop);
        Assert.Contains(
            """reasoning_details":[{"type":"reasoning.encrypted","data":"RUJD","format":"anthropic-claude-v1","model":"claude-x","index":0},{"type":"reasoning.text","text":"","signature":"only","format":"anthropic-claude-v1","model":"claude-x","index":1}]""",
            chunks[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_message_in_place_of_a_stream_is_one_chunk()
    {
        var message = """{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"whole"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":5}}""";
        var (chunks, last) = await Claude.ReadAsync(Encoding.UTF8.GetBytes(message), 9);
        Assert.Equal(("whole", StreamEventKind.Done), (Tries.TextOf(chunks), last.Kind));
    }

    private static Task<(List<string> Chunks, StreamEvent Last)> ReadAsync(params string[] events) => Claude.ReadAsync(Transcripts.Framed(events), 0);

    private static (FailureKind, int, string, string) Said(StreamEvent last) =>
        (last.Failure!.Kind, last.Failure.Status, last.Failure.Type, last.Failure.Message);

    private static string Arguments(IEnumerable<string> chunks) => string.Concat(chunks
        .SelectMany(chunk => JsonNode.Parse(chunk)!["choices"]!.AsArray())
        .SelectMany(choice => choice!["delta"]!["tool_calls"]?.AsArray() ?? [])
        .Select(call => call!["function"]!["arguments"]!.GetValue<string>()));
}
