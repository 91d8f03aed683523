using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Gemini;

public class StreamTests
{
    private const string Head = """{"id":"r1","object":"chat.completion.chunk","created":1,"model":"gemini-x","choices":""";

    private static readonly string[] s_thinkingAndTwoTools =
    [
        """{"candidates":[{"content":{"parts":[{"text":"plan","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":20,"totalTokenCount":30,"thoughtsTokenCount":10},"modelVersion":"gemini-x","responseId":"r1"}""",
        """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"QUJD"},{"functionCall":{"name":"g"}}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":8,"totalTokenCount":38,"thoughtsTokenCount":10},"modelVersion":"gemini-x","responseId":"r1"}""",
        """{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":9,"totalTokenCount":39,"cachedContentTokenCount":5,"thoughtsTokenCount":10},"modelVersion":"gemini-x","responseId":"r1"}""",
    ];

    private static readonly string[] s_expected =
    [
        Head + """[{"index":0,"delta":{"reasoning":"plan","role":"assistant"},"finish_reason":null}],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30,"completion_tokens_details":{"reasoning_tokens":10}}}""",
        Head + """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_gw_ID_0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"},"extra_content":{"google":{"thought_signature":"QUJD"}}},{"index":1,"id":"call_gw_ID_1","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":null}],"usage":{"prompt_tokens":20,"completion_tokens":18,"total_tokens":38,"completion_tokens_details":{"reasoning_tokens":10}}}""",
        Head + """[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"QUJD","id":"call_gw_ID_0","format":"google-gemini-v1","model":"gemini-x","index":0}]},"finish_reason":"tool_calls","native_finish_reason":"STOP"}],"usage":{"prompt_tokens":20,"completion_tokens":19,"total_tokens":39,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":10}}}""",
    ];

    /// <summary>Somewhere else an answer with calls ended with "stop", its first usage held, and pieces were told with raw bytes between them.</summary>
    [Fact]
    public async Task Thinking_and_two_tools_become_these_chunks_wherever_the_stream_is_torn()
    {
        var body = Gem.Framed(s_thinkingAndTwoTools);
        for (var tear = TornStream.Everywhere; tear < body.Length; tear++)
        {
            var (chunks, last) = await Gem.ReadAsync(body, tear);
            Assert.Equal(s_expected, chunks.Select(WithoutId));
            Assert.Equal(StreamEventKind.Done, last.Kind);
        }
    }

    [Theory]
    [InlineData("\n", "")]
    [InlineData("\r", "")]
    [InlineData("\r\n", ": keep-alive\r\n")]
    [InlineData("\n", ": x\n\n")]
    public async Task The_frame_makes_no_difference(string lineEnd, string comment)
    {
        var body = Gem.Framed(s_thinkingAndTwoTools, lineEnd, comment);
        Assert.Equal(s_expected, (await Gem.ReadAsync(body, TornStream.Everywhere)).Chunks.Select(WithoutId));
        Assert.Equal(s_expected, (await Gem.ReadAsync([0xEF, 0xBB, 0xBF, .. body], body.Length)).Chunks.Select(WithoutId));
    }

    /// <summary>A connection that closed early was taken for the end of the answer; there is no end mark, so only the reason tells.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    public async Task A_stream_without_a_reason_for_its_end_is_never_whole(string tail)
    {
        for (var events = 0; events < s_thinkingAndTwoTools.Length; events++)
        {
            byte[] body = [.. Gem.Framed(s_thinkingAndTwoTools.Take(events)), .. Encoding.UTF8.GetBytes(tail)];
            var (_, last) = await Gem.ReadAsync(body, body.Length);
            Assert.Equal((StreamEventKind.Failed, FailureKind.BadAnswer), (last.Kind, last.Failure!.Kind));
        }

        Assert.Equal(StreamEventKind.Done, (await Gem.ReadAsync([.. Gem.Framed(s_thinkingAndTwoTools), .. Encoding.UTF8.GetBytes(tail)], 3)).Last.Kind);
    }

    [Fact]
    public async Task Of_several_choices_each_has_to_end()
    {
        string[] events = [Piece("a", 0), Piece("b", 1), Piece("", 1, "STOP")];
        Assert.Equal(FailureKind.BadAnswer, (await Gem.ReadAsync(events)).Last.Failure?.Kind);
        var (chunks, last) = await Gem.ReadAsync([.. events, Piece("c", 0, "MAX_TOKENS")]);
        Assert.Equal(StreamEventKind.Done, last.Kind);
        Assert.Equal("""[{"index":0,"delta":{"content":"c"},"finish_reason":"length","native_finish_reason":"MAX_TOKENS"}]""", JsonNode.Parse(chunks[^1])!["choices"]!.ToJsonString());
    }

    [Fact]
    public async Task Characters_of_several_bytes_and_escapes_survive_every_tear()
    {
        var body = Gem.Framed([Piece("Grüße 👋🏽 \\u4f60好", 0), Piece("\\n\\\"x\\\"", 0, "STOP")]);
        for (var tear = 0; tear < body.Length; tear++) Assert.Equal("Grüße 👋🏽 你好\n\"x\"", Tries.TextOf((await Gem.ReadAsync(body, tear)).Chunks));
    }

    /// <summary>A signature of many kilobytes was cut by a read, and its raw bytes reached the client.</summary>
    [Fact]
    public async Task A_huge_signature_arrives_whole_with_the_end()
    {
        var signature = new string('A', 60_000);
        var last = $$$"""{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"{{{signature}}}"}]},"finishReason":"STOP","index":0}]}""";
        var (chunks, end) = await Gem.ReadAsync(Gem.Framed([Piece("a", 0), last]), TornStream.Everywhere);
        Assert.Equal(StreamEventKind.Done, end.Kind);
        Assert.Equal(signature, JsonNode.Parse(chunks[^1])!["choices"]![0]!["delta"]!["reasoning_details"]![0]!["data"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_blocked_prompt_is_a_filtered_answer()
    {
        var (chunks, last) = await Gem.ReadAsync("""{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT","blockReasonMessage":"No."},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}""");
        Assert.Equal(StreamEventKind.Done, last.Kind);
        var chunk = JsonNode.Parse(Assert.Single(chunks))!;
        Assert.Equal(
            """[{"index":0,"delta":{"role":"assistant","content":"","refusal":"No."},"finish_reason":"content_filter","native_finish_reason":"PROHIBITED_CONTENT"}]""",
            chunk["choices"]!.ToJsonString());
        Assert.Equal("""{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}""", chunk["usage"]!.ToJsonString());
    }

    /// <summary>Lines of JSON that are no event raised an error of the parser.</summary>
    [Fact]
    public async Task An_error_is_an_error_in_whichever_dress()
    {
        const string Overloaded = "{\"error\": {\"code\": 503, \"message\": \"The model is overloaded.\", \"status\": \"UNAVAILABLE\"}}";
        foreach (var text in (string[])["{\n\"error\": {\"code\": 503, \"message\": \"The model is overloaded.\", \"status\": \"UNAVAILABLE\"}\n}\n", $"data: {Overloaded}\n\n", $"[{Overloaded}]", $"data: [{Overloaded}]\n\n"])
        {
            foreach (var before in (string[][])[[], [Piece("a", 0)]])
            {
                byte[] body = [.. Gem.Framed(before), .. Encoding.UTF8.GetBytes(text)];
                for (var tear = TornStream.Everywhere; tear < body.Length; tear += 7)
                {
                    var (chunks, last) = await Gem.ReadAsync(body, tear);
                    Assert.Equal(before.Length, chunks.Count);
                    Assert.Equal((FailureKind.ServerError, 503, "UNAVAILABLE", "The model is overloaded."), (last.Failure!.Kind, last.Failure.Status, last.Failure.Code, last.Failure.Message));
                }
            }
        }
    }

    /// <summary>Streams are asked for as events; a list, as comes without that, lost its last brace and was told as text.</summary>
    [Fact]
    public async Task A_list_in_place_of_events_is_no_stream()
    {
        var (chunks, last) = await Gem.ReadAsync(Encoding.UTF8.GetBytes($"[{Piece("a", 0)},\r\n{Piece("b", 0, "STOP")}]"), 5);
        Assert.Empty(chunks);
        Assert.Equal(FailureKind.BadAnswer, last.Failure?.Kind);
    }

    [Fact]
    public async Task A_page_of_somebody_between_is_no_stream() =>
        Assert.Equal(FailureKind.BadAnswer, (await Gem.ReadAsync("<html><body>502</body></html>"u8.ToArray(), 0)).Last.Failure?.Kind);

    /// <summary>Empty and later usages replaced what was told.</summary>
    [Fact]
    public async Task Usage_is_the_newest_of_each_count()
    {
        var (chunks, _) = await Gem.ReadAsync(
            Piece("a", 0, usage: "{}"),
            Piece("b", 0, usage: """{"promptTokenCount":10,"toolUsePromptTokenCount":5,"candidatesTokenCount":1,"totalTokenCount":16}"""),
            Piece("", 0, "STOP", """{"promptTokenCount":10,"toolUsePromptTokenCount":5,"candidatesTokenCount":4,"totalTokenCount":19}"""),
            """{"candidates":[],"usageMetadata":{"trafficType":"ON_DEMAND"}}""");
        Assert.DoesNotContain("usage", chunks[0], StringComparison.Ordinal);
        Assert.Equal("""{"prompt_tokens":15,"completion_tokens":4,"total_tokens":19}""", JsonNode.Parse(chunks[^1])!["usage"]!.ToJsonString());
    }

    [Fact]
    public async Task Usage_behind_the_end_goes_alone()
    {
        var (chunks, last) = await Gem.ReadAsync(Piece("a", 0, "STOP"), """{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}}""");
        Assert.Equal(StreamEventKind.Done, last.Kind);
        Assert.Equal("[]", JsonNode.Parse(chunks[^1])!["choices"]!.ToJsonString());
        Assert.Equal(5, JsonNode.Parse(chunks[^1])!["usage"]!["total_tokens"]!.GetValue<int>());
    }

    /// <summary>An answer that is too long for one request was called whole.</summary>
    [Fact]
    public async Task An_answer_that_goes_on_ends_by_length_with_its_token()
    {
        var (chunks, last) = await Gem.ReadAsync(
            """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hop 1. "}]}}]}""",
            """{"candidates":[{"finishReason":"CONTINUATION","continuationToken":"c3RyZWFtLXRva2VuLTI="}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":40,"totalTokenCount":50}}""");
        Assert.Equal(("Hop 1. ", StreamEventKind.Done), (Tries.TextOf(chunks), last.Kind));
        var end = JsonNode.Parse(chunks[^1])!;
        Assert.Equal(("length", "CONTINUATION"), (end["choices"]![0]!["finish_reason"]!.GetValue<string>(), end["choices"]![0]!["native_finish_reason"]!.GetValue<string>()));
        Assert.Equal(
            """[{"type":"reasoning.encrypted","continuation_token":"c3RyZWFtLXRva2VuLTI=","format":"google-gemini-continuation","index":0}]""",
            end["choices"]![0]!["delta"]!["reasoning_details"]!.ToJsonString());
        Assert.Equal("""{"prompt_tokens":10,"completion_tokens":40,"total_tokens":50}""", end["usage"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"candidates":[{"finishReason":"CONTINUATION"}]}""", "length", StreamEventKind.Done)]
    [InlineData("""{"candidates":[{"finishReason":"MAX_TOKENS","continuationToken":"dA=="}]}""", "length", StreamEventKind.Done)]
    [InlineData("""{"candidates":[{"continuationToken":"dA=="}]}""", null, StreamEventKind.Failed)]
    public async Task Only_an_answer_that_goes_on_has_a_token(string end, string? reason, StreamEventKind kind)
    {
        var (chunks, last) = await Gem.ReadAsync(Piece("a", 0), end);
        Assert.Equal((reason, kind), (JsonNode.Parse(chunks[^1])!["choices"]![0]!["finish_reason"]?.GetValue<string>(), last.Kind));
        Assert.DoesNotContain(chunks, chunk => chunk.Contains("reasoning_details", StringComparison.Ordinal));
    }

    /// <summary>A model that failed at a call gave an empty answer that was called whole.</summary>
    [Fact]
    public async Task A_failed_call_without_an_answer_is_a_failure_that_costs_what_was_told()
    {
        var (chunks, last) = await Gem.ReadAsync("""{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","index":0}],"usageMetadata":{"promptTokenCount":7,"thoughtsTokenCount":3,"totalTokenCount":10}}""");
        Assert.Empty(chunks);
        Assert.Equal((FailureKind.BadAnswer, 7L, 3L), (last.Failure!.Kind, last.Failure.Usage!.Value.PromptTokens, last.Failure.Usage.Value.CompletionTokens));
        Assert.Contains("MALFORMED_FUNCTION_CALL", last.Failure.Message, StringComparison.Ordinal);
        Assert.Equal(StreamEventKind.Done, (await Gem.ReadAsync(Piece("a", 0), Piece("", 0, "MALFORMED_FUNCTION_CALL"))).Last.Kind);
    }

    [Fact]
    public async Task Sources_images_and_log_probabilities_come_with_their_chunk()
    {
        var (chunks, _) = await Gem.ReadAsync(
            Piece("Grüße 👋 ", 0),
            """{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},"index":0,"logprobsResult":{"chosenCandidates":[{"token":"ü","tokenId":5,"logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"ü","logProbability":-0.5},{"token":"u","logProbability":-1}]}]}}]}""",
            """{"candidates":[{"content":{"parts":[{"text":"x"}]},"index":0,"groundingMetadata":{"webSearchQueries":["q","r"],"groundingChunks":[{"web":{"uri":"https://e.com/a","title":"A"}}],"groundingSupports":[{"segment":{"startIndex":7,"endIndex":13,"text":"👋 "},"groundingChunkIndices":[0,9]}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}""");
        Assert.Equal(
            """[{"index":0,"delta":{"images":[{"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},"logprobs":{"content":[{"token":"ü","logprob":-0.5,"bytes":[195,188],"top_logprobs":[{"token":"ü","logprob":-0.5,"bytes":[195,188]},{"token":"u","logprob":-1,"bytes":[117]}]}],"refusal":null},"finish_reason":null}]""",
            Choices(chunks[1]));
        var last = JsonNode.Parse(chunks[2])!;
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""[{"type":"url_citation","url_citation":{"url":"https://e.com/a","title":"A","start_index":5,"end_index":8}}]"""),
            last["choices"]![0]!["delta"]!["annotations"]), chunks[2]);
        Assert.Equal("""[{"title":"A","url":"https://e.com/a"}]""", last["search_results"]!.ToJsonString());
        Assert.Equal(1, last["usage"]!["completion_tokens_details"]!["num_search_queries"]!.GetValue<int>());
    }

    /// <summary>Arguments that come value by value: with the part that ends them, and without one.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Arguments_that_come_by_their_paths_are_put_together(bool hasEnd)
    {
        const string Last = """{"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"y"},{"jsonPath":"$.n","numberValue":1.5},{"jsonPath":"$.t","boolValue":true},{"jsonPath":"$.z[7]","nullValue":"NULL_VALUE"}]WILL}}""";
        string[] parts =
        [
            """{"functionCall":{"name":"f","willContinue":true},"thoughtSignature":"QUE="}""",
            """{"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"x","willContinue":true}],"willContinue":true}}""",
            Last.Replace("WILL", hasEnd ? ",\"willContinue\":true" : "", StringComparison.Ordinal),
            hasEnd ? """{"functionCall":{}}""" : """{"text":""}""",
        ];
        var events = parts.Select(part => "{\"candidates\":[{\"content\":{\"parts\":[" + part + "]},\"index\":0}]}").Append(Piece("", 0, "STOP"));
        var (chunks, last) = await Gem.ReadAsync([.. events]);
        Assert.Equal(StreamEventKind.Done, last.Kind);
        var call = Assert.Single(chunks.SelectMany(chunk => JsonNode.Parse(chunk)!["choices"]![0]!["delta"]!["tool_calls"]?.AsArray() ?? []))!;
        Assert.Equal("f", call["function"]!["name"]!.GetValue<string>());
        Assert.Equal("""{"a":[{"b":"xy"}],"n":1.5,"t":true,"z":[]}""", call["function"]!["arguments"]!.GetValue<string>());
        Assert.Equal("tool_calls", JsonNode.Parse(chunks[^1])!["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Contains("\"data\":\"QUE=\"", chunks[^1], StringComparison.Ordinal);
    }

    private static string Choices(string chunk)
    {
        var start = chunk.IndexOf("\"choices\":", StringComparison.Ordinal) + 10;
        return chunk[start..^1];
    }

    private static string WithoutId(string chunk) => System.Text.RegularExpressions.Regex.Replace(chunk, "call_gw_[0-9a-f]{16}_", "call_gw_ID_");

    private static string Piece(string text, int index, string? reason = null, string? usage = null) =>
        $$$"""{"candidates":[{"content":{"parts":[{"text":"{{{text}}}"}],"role":"model"},"index":{{{index}}}{{{(reason is null ? "" : $",\"finishReason\":\"{reason}\"")}}}}]{{{(usage is null ? "" : $",\"usageMetadata\":{usage}")}}}}""";
}
