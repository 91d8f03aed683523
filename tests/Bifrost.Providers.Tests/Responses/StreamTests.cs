using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Responses;

public class StreamTests
{
    private const string Created =
        """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"gpt-x","output":[],"usage":null}}""";

    /// <summary>A front end changes the ids of items with every event, and the reasoning that comes first is another than the one at the end.</summary>
    private static readonly string[] s_reasoningAndCall =
    [
        Created,
        """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"AAAA","summary":[]}}""",
        """{"type":"response.reasoning_summary_text.delta","sequence_number":2,"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"hä","obfuscation":"x"}""",
        """{"type":"response.reasoning_summary_text.delta","sequence_number":2,"item_id":"rs_1","output_index":0,"summary_index":1,"delta":"m","obfuscation":"x"}""",
        """{"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"BBBB","summary":[{"type":"summary_text","text":"hm"}]}}""",
        """{"type":"response.output_item.added","sequence_number":4,"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"f"}}""",
        """{"type":"response.function_call_arguments.delta","sequence_number":5,"item_id":"fc_CHANGED","output_index":1,"delta":"{\"a\":1}"}""",
        """{"type":"response.function_call_arguments.done","sequence_number":6,"item_id":"fc_1","output_index":1,"arguments":"{\"a\":1}"}""",
        """{"type":"response.output_item.done","sequence_number":7,"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"a\":1}","call_id":"call_1","name":"f"}}""",
        """{"type":"response.completed","sequence_number":8,"response":{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-x","incomplete_details":null,"error":null,"output":[],"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"output_tokens":15,"output_tokens_details":{"reasoning_tokens":8},"total_tokens":35}}}""",
    ];

    private static readonly string[] s_expected =
    [
        """{"role":"assistant","content":""}""", """{"reasoning":"hä"}""", """{"reasoning":"\n\nm"}""",
        """{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}""",
        """{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}""",
        """{"content":"","reasoning_details":[{"type":"reasoning.encrypted","id":"rs_1","data":"BBBB","format":"openai-responses-v1","index":0}]}""",
    ];

    [Fact]
    public async Task Reasoning_and_a_call_become_these_chunks_wherever_the_stream_is_torn()
    {
        var body = Framed(s_reasoningAndCall);
        for (var tear = TornStream.Everywhere; tear < body.Length; tear++) AreExpected(await Responder.ReadAsync(body, tear));
    }

    [Theory]
    [InlineData("\r\n", "")]
    [InlineData("\r", "")]
    [InlineData("\n", ": keep-alive\n")]
    public async Task The_frame_makes_no_difference(string lineEnd, string comment)
    {
        AreExpected(await Responder.ReadAsync(Framed(s_reasoningAndCall, lineEnd, comment), TornStream.Everywhere));
        AreExpected(await Responder.ReadAsync([.. Framed(s_reasoningAndCall, lineEnd, comment), .. "data: [DONE]\n\n"u8], TornStream.Everywhere));
    }

    [Fact]
    public async Task A_stream_without_its_end_is_never_whole()
    {
        foreach (var tail in (string[])["", "data: [DONE]\n\n"])
        {
            for (var events = 0; events < s_reasoningAndCall.Length; events++)
            {
                byte[] body = [.. Framed(s_reasoningAndCall.Take(events)), .. Encoding.UTF8.GetBytes(tail)];
                var (_, last) = await Responder.ReadAsync(body, body.Length);
                Assert.Equal((StreamEventKind.Failed, FailureKind.BadAnswer), (last.Kind, last.Failure!.Kind));
            }
        }
    }

    /// <summary>BerriAI/litellm#32086 and transcript S: the error comes after a status of 200, and once more behind it.</summary>
    [Theory]
    [InlineData("""{"type":"error","sequence_number":2,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota","param":null}}""", FailureKind.KeyRejected, 429)]
    [InlineData("""{"type":"error","sequence_number":2,"code":"server_error","message":"it broke","param":null}""", FailureKind.ServerError, 502)]
    [InlineData("""{"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","object":"response","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"},"output":[]}}""", FailureKind.RateLimited, 429)]
    public async Task An_error_is_told_once_and_before_any_content_it_is_a_failure(string error, FailureKind kind, int status)
    {
        var failed = """{"type":"response.failed","sequence_number":3,"response":{"status":"failed","error":{"code":"x","message":"again"}}}""";
        var (chunks, last) = await Responder.ReadAsync(Framed([Created, error, failed]), TornStream.Everywhere);
        Assert.Empty(chunks);
        Assert.Equal((kind, status, true), (last.Failure!.Kind, last.Failure.Status, last.Failure.FromProvider));
        (chunks, last) = await Responder.ReadAsync(Framed([Created, Text("a"), error, failed]), TornStream.Everywhere);
        Assert.Equal(2, chunks.Count);
        Assert.Equal((kind, status), (last.Failure!.Kind, last.Failure.Status));
    }

    [Theory]
    [InlineData("max_output_tokens", "length")]
    [InlineData("content_filter", "content_filter")]
    public async Task An_answer_that_is_cut_off_says_why(string reason, string finish)
    {
        var end = $$$"""{"type":"response.incomplete","response":{"object":"response","status":"incomplete","incomplete_details":{"reason":"{{{reason}}}"},"usage":{"input_tokens":1,"output_tokens":2} } }""";
        var (chunks, last) = await Responder.ReadAsync(Framed([Created, Text("a"), end]), TornStream.Everywhere);
        var choice = JsonNode.Parse(chunks[^1])!["choices"]![0]!;
        Assert.Equal((finish, reason, StreamEventKind.Done), (choice["finish_reason"]!.GetValue<string>(), choice["native_finish_reason"]!.GetValue<string>(), last.Kind));
    }

    /// <summary>danielmiessler/Fabric#2276: answers were shown twice; or text that stands in the last event alone was lost.</summary>
    [Fact]
    public async Task What_the_last_events_repeat_is_told_once()
    {
        const string message = """{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"ab","annotations":[]}]}""";
        const string done = """{"type":"response.output_text.done","output_index":0,"text":"ab"}""";
        const string itemDone = $$"""{"type":"response.output_item.done","output_index":0,"item":{{message}} }""";
        const string completed = $$$"""{"type":"response.completed","response":{"object":"response","status":"completed","output":[{{{message}}}]} }""";
        foreach (var events in (string[][])[[Text("a"), Text("b"), done, itemDone, completed], [done, itemDone, completed], [itemDone, completed]])
        {
            var (chunks, last) = await Responder.ReadAsync(Framed([Created, .. events]), TornStream.Everywhere);
            Assert.Equal(("ab", StreamEventKind.Done), (Tries.TextOf(chunks), last.Kind));
        }
    }

    [Fact]
    public async Task A_call_that_comes_whole_is_told_whole()
    {
        const string item = """{"type":"custom_tool_call","call_id":"c","name":"g","input":"x \"y\""}""";
        var (chunks, _) = await Responder.ReadAsync(
            Framed([Created, $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}} }""", """{"type":"response.completed","response":{"status":"completed"}}"""]), 1);
        Assert.Equal(
            """[{"index":0,"id":"c","type":"custom","custom":{"name":"g","input":"x \u0022y\u0022"}}]""",
            JsonNode.Parse(chunks[1])!["choices"]![0]!["delta"]!["tool_calls"]!.ToJsonString());
        Assert.Equal("tool_calls", JsonNode.Parse(chunks[^1])!["choices"]![0]!["finish_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Citations_and_refusals_are_passed_on()
    {
        const string annotation = """{"type":"response.output_text.annotation.added","output_index":0,"annotation":{"type":"url_citation","url":"https://e.example/","title":"T","start_index":0,"end_index":1}}""";
        const string refusal = """{"type":"response.refusal.delta","output_index":1,"delta":"No."}""";
        var (chunks, _) = await Responder.ReadAsync(Framed([Created, Text("a"), annotation, refusal, """{"type":"response.completed","response":{"status":"completed"}}"""]), 1);
        Assert.Equal(
            """[{"type":"url_citation","url_citation":{"url":"https://e.example/","title":"T","start_index":0,"end_index":1}}]""",
            JsonNode.Parse(chunks[2])!["choices"]![0]!["delta"]!["annotations"]!.ToJsonString());
        Assert.Equal("No.", JsonNode.Parse(chunks[3])!["choices"]![0]!["delta"]!["refusal"]!.GetValue<string>());
    }

    private static string Text(string text) => $$"""{"type":"response.output_text.delta","output_index":0,"delta":"{{text}}"}""";

    private static void AreExpected((List<string> Chunks, StreamEvent Last) read)
    {
        Assert.Equal(StreamEventKind.Done, read.Last.Kind);
        Assert.Equal(s_expected.Length, read.Chunks.Count);
        foreach (var (expected, chunk) in s_expected.Zip(read.Chunks))
        {
            var json = JsonNode.Parse(chunk)!;
            Assert.Equal(("resp_1", "gpt-x", 1), (json["id"]!.GetValue<string>(), json["model"]!.GetValue<string>(), json["created"]!.GetValue<int>()));
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), json["choices"]![0]!["delta"]), $"{expected}\n{chunk}");
        }

        var last = JsonNode.Parse(read.Chunks[^1])!;
        Assert.Equal("tool_calls", last["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Equal(
            (20, 15, 35, 4, 8),
            (last["usage"]!["prompt_tokens"]!.GetValue<int>(), last["usage"]!["completion_tokens"]!.GetValue<int>(), last["usage"]!["total_tokens"]!.GetValue<int>(),
             last["usage"]!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>(), last["usage"]!["completion_tokens_details"]!["reasoning_tokens"]!.GetValue<int>()));
    }

    private static byte[] Framed(IEnumerable<string> events, string lineEnd = "\n", string comment = "") => Encoding.UTF8.GetBytes(string.Concat(
        events.Select(one => $"{comment.Replace("\n", lineEnd, StringComparison.Ordinal)}event: {JsonNode.Parse(one)!["type"]}{lineEnd}data: {one}{lineEnd}{lineEnd}")));
}
