using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>What OpenAI-style providers answer in words of their own, as it was recorded, and what clients get of it.</summary>
public class RowAnswerTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    [Fact]
    public async Task Mistral_thinks_in_parts_of_its_content()
    {
        var (chunks, last, usage) = await StreamAsync(
            "mistral",
            """{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"h\u00e4"},{"type":"text","text":"m"}]}]},"finish_reason":null}]}""",
            """{"id":"c","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"4\n"},{"type":"reference","reference_ids":[1]},{"type":"text","text":"2"}]},"finish_reason":null}]}""",
            """{"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"model_length"}],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14,"num_cached_tokens":4}}""");
        Assert.Equal(StreamEventKind.Done, last);
        Assert.Equal("häm", Delta(chunks[0])["reasoning"]!.GetValue<string>());
        Assert.Equal("", Delta(chunks[0])["content"]!.GetValue<string>());
        Assert.Equal("4\n2", Delta(chunks[1])["content"]!.GetValue<string>());
        Assert.Equal("length", chunks[2]["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Equal((9L, 5L, 4L), (usage!.Value.PromptTokens, usage.Value.CompletionTokens, usage.Value.CachedReadTokens));
    }

    [Fact]
    public async Task Mistrals_calls_come_whole_without_index_and_type()
    {
        var (chunks, _, _) = await StreamAsync(
            "mistral",
            """{"choices":[{"index":0,"delta":{"content":"","tool_calls":[{"id":"aaaaaaaaa","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"bbbbbbbbb","function":{"name":"g","arguments":{"b":"\"x\""}}}]},"finish_reason":null}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"ccccccccc","function":{"name":"h","arguments":""}}]},"finish_reason":"tool_calls"}]}""");
        var calls = chunks.SelectMany(chunk => Delta(chunk)["tool_calls"]!.AsArray()).ToArray();
        Assert.Equal([0, 1, 2], calls.Select(call => call!["index"]!.GetValue<int>()));
        Assert.All(calls, call => Assert.Equal("function", call!["type"]!.GetValue<string>()));
        Assert.Equal(["{\"a\":1}", "{\"b\":\"\\\"x\\\"\"}", ""], calls.Select(call => call!["function"]!["arguments"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_call_in_pieces_keeps_its_name_and_its_place()
    {
        foreach (var row in (string[])["mistral", "vllm", "sgl", "nebius"])
        {
            var (chunks, _, _) = await StreamAsync(
                row,
                """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}}]}""",
                """{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"null","function":{"name":"","arguments":"{\"a\""}}]}}]}""",
                """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":null,"function":{"name":null,"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}""");
            var calls = chunks.Select(chunk => Delta(chunk)["tool_calls"]![0]!).ToArray();
            Assert.Equal([0, 0, 0], calls.Select(call => call["index"]!.GetValue<int>()));
            Assert.Equal(["f", null, null], calls.Select(call => call["function"]!["name"]?.GetValue<string>()));
            Assert.Equal(["call_1", null, null], calls.Select(call => call["id"]?.GetValue<string>()));
            Assert.Equal("{\"a\":1}", string.Concat(calls.Select(call => call["function"]!["arguments"]!.GetValue<string>())));
        }
    }

    [Fact]
    public async Task A_whole_answer_is_told_in_the_same_words()
    {
        var answer = await PlainAsync("mistral", """
            {"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"4"}],
             "tool_calls":[{"id":"aaaaaaaaa","function":{"name":"f","arguments":{"a":1}}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}
            """);
        var message = answer["choices"]![0]!["message"]!;
        Assert.Equal(("hm", "4"), (message["reasoning"]!.GetValue<string>(), message["content"]!.GetValue<string>()));
        Assert.Equal(("function", "{\"a\":1}"), (message["tool_calls"]![0]!["type"]!.GetValue<string>(), message["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Togethers_end_of_sequence_is_a_stop()
    {
        var (chunks, _, _) = await StreamAsync("together", """{"choices":[{"index":0,"delta":{"content":"eos"},"finish_reason":"eos","seed":7}]}""");
        Assert.Equal(("eos", "stop"), (Delta(chunks[0])["content"]!.GetValue<string>(), chunks[0]["choices"]![0]!["finish_reason"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Groqs_usage_in_two_places_counts_once()
    {
        var (_, _, usage) = await StreamAsync(
            "groq",
            """{"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"x_groq":{"id":"req_1"}}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"prompt_tokens":17,"completion_tokens":1107,"total_tokens":1124}},"usage":{"queue_time":0.17,"prompt_tokens":17,"completion_tokens":1107,"total_tokens":1124,"completion_tokens_details":{"reasoning_tokens":963}}}""");
        Assert.Equal((17L, 1_107L, 963L), (usage!.Value.PromptTokens, usage.Value.CompletionTokens, usage.Value.ReasoningTokens));
    }

    /// <summary>UKGovernmentBEIS/inspect_ai#5528: reasoning on top of the output was not counted.</summary>
    [Fact]
    public async Task Of_xai_reasoning_is_output_on_top()
    {
        var (_, _, usage) = await StreamAsync(
            "xai",
            """{"choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}""",
            """{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":1,"total_tokens":303,"prompt_tokens_details":{"cached_tokens":11},"completion_tokens_details":{"reasoning_tokens":290},"num_sources_used":0,"cost_in_usd_ticks":1466250}}""");
        Assert.Equal((12L, 291L, 290L, 11L), (usage!.Value.PromptTokens, usage.Value.CompletionTokens, usage.Value.ReasoningTokens, usage.Value.CachedReadTokens));
        (_, _, usage) = await StreamAsync(
            "xai", """{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4643,"completion_tokens":860,"total_tokens":6690,"completion_tokens_details":{"reasoning_tokens":1187}}}""");
        Assert.Equal(2_047, usage!.Value.CompletionTokens);
    }

    [Fact]
    public async Task DeepSeeks_signs_of_life_and_its_usage_at_the_end_are_read()
    {
        await using var upstream = RawUpstream.Saying(Head + ": keep-alive\n\n: keep-alive\n\n" + Framed(
            """{"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"hm"},"finish_reason":null}],"usage":null}""",
            """{"choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":339,"completion_tokens":83,"total_tokens":422,"prompt_tokens_details":{"cached_tokens":320},"completion_tokens_details":{"reasoning_tokens":39},"prompt_cache_hit_tokens":320,"prompt_cache_miss_tokens":19}}""",
            "[DONE]"));
        var (chunks, last, usage) = await ReadAsync(await SendAsync("deepseek", upstream.Address, stream: true));
        Assert.Equal((2, StreamEventKind.Done), (chunks.Count, last));
        Assert.Equal((339L, 83L, 320L, 39L), (usage!.Value.PromptTokens, usage.Value.CompletionTokens, usage.Value.CachedReadTokens, usage.Value.ReasoningTokens));
    }

    /// <summary>diegosouzapw/OmniRoute#8210, langchain-ai/openwiki#39: an error beside a choice was taken for an empty answer.</summary>
    [Fact]
    public async Task OpenRouters_error_in_the_middle_is_one_and_no_end()
    {
        await using var upstream = RawUpstream.Saying(Head + ": OPENROUTER PROCESSING\n\n" + Framed(
            """{"id":"gen-1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}""",
            """{"id":"gen-1","object":"chat.completion.chunk","created":1,"model":"m","error":{"code":502,"message":"Provider disconnected","metadata":{"error_type":"provider_unavailable"}},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}""",
            "[DONE]"));
        await using var stream = Tries.Opened(await SendAsync("openrouter", upstream.Address, stream: true));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Single(chunks);
        Assert.Equal((FailureKind.ServerError, 502, "Provider disconnected"), (last.Failure!.Kind, last.Failure.Status, last.Failure.Message));
    }

    [Fact]
    public async Task Cerebras_tells_its_time_beside_its_usage()
    {
        var (chunks, last, usage) = await StreamAsync(
            "cerebras",
            """{"choices":[{"delta":{"role":"assistant"},"index":0}],"id":"c"}""",
            """{"choices":[{"delta":{"reasoning":"hm"},"index":0}],"id":"c"}""",
            """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},"index":0}],"id":"c"}""",
            """{"choices":[{"delta":{},"finish_reason":"tool_calls","index":0}],"id":"c","usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11},"time_info":{"queue_time":0.1}}""");
        Assert.Equal((4, StreamEventKind.Done, 6L), (chunks.Count, last, usage!.Value.CompletionTokens));
    }

    private static JsonNode Delta(JsonNode chunk) => chunk["choices"]![0]!["delta"]!;

    private static string Framed(params string[] events) => string.Concat(events.Select(one => $"data: {one}\n\n"));

    private static Task<ProviderReply> SendAsync(string row, Uri address, bool stream) =>
        Tries.Dialect.SendAsync(Tries.Target(new Provider { Name = row, BaseUrl = address }), Tries.Call("m", stream)).InTimeAsync();

    private static async Task<(List<JsonNode> Chunks, StreamEventKind Last, TokenUsage? Usage)> StreamAsync(string row, params string[] events)
    {
        await using var upstream = RawUpstream.Saying(Head + Framed([.. events, "[DONE]"]));
        return await ReadAsync(await SendAsync(row, upstream.Address, stream: true));
    }

    private static async Task<(List<JsonNode> Chunks, StreamEventKind Last, TokenUsage? Usage)> ReadAsync(ProviderReply reply)
    {
        await using var stream = Tries.Opened(reply);
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        var told = default(UsageTold);
        foreach (var chunk in chunks)
            if (Chat.Splice.CompletionScanner.TryScan(Encoding.UTF8.GetBytes(chunk), out var shape)) told.Add(shape.Told);
        return ([.. chunks.Select(chunk => JsonNode.Parse(chunk)!)], last.Kind, told.Tokens());
    }

    private static async Task<JsonNode> PlainAsync(string row, string body)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var reply = await SendAsync(row, upstream.Address, stream: false);
        await using var answer = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        return JsonNode.Parse(answer.Json.Span)!;
    }
}
