using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Sheet;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Money;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Gemini;

public class AnswerTests(SimulatorFixture simulator)
{
    private const string Answer = """
        {"candidates":[{"content":{"role":"model","parts":[
          {"text":"so \u00fc","thought":true},{"text":"A 👋"},{"text":"\n\"b\"","thoughtSignature":"VFg="},
          {"executableCode":{"language":"PYTHON","code":"print(1)"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1\n"}},
          {"functionCall":{"id":"fc1","name":"f","args":{"a":"x\"y","n":[1, 2]}},"thoughtSignature":"QUE="},{"functionCall":{"name":"g","args":{}}},
          {"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},
         "finishReason":"STOP","index":0,"citationMetadata":{"citationSources":[{"startIndex":0,"endIndex":6,"uri":"https://e.com/w"},{"startIndex":0,"endIndex":1}]},
         "groundingMetadata":{"webSearchQueries":["q","r"],"groundingChunks":[{"web":{"uri":"https://e.com/a","title":"T"}},{"web":{"uri":"https://e.com/b"}}],
           "groundingSupports":[{"segment":{"partIndex":2,"startIndex":1,"endIndex":3},"groundingChunkIndices":[1]}]}}],
         "usageMetadata":{"promptTokenCount":100,"toolUsePromptTokenCount":30,"cachedContentTokenCount":40,"candidatesTokenCount":50,"thoughtsTokenCount":20,"totalTokenCount":200,
           "promptTokensDetails":[{"modality":"TEXT","tokenCount":70},{"modality":"AUDIO","tokenCount":30}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":10},{"modality":"TEXT","tokenCount":30}],
           "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":25}],"serviceTier":"flex"},
         "modelVersion":"gemini-3-flash-preview","responseId":"r1"}
        """;

    [Fact]
    public async Task Every_part_has_its_place()
    {
        var json = await Gem.AnswerAsync(Answer, "gemini-3-flash-preview");
        var made = json["choices"]![0]!["message"]!["tool_calls"]![1]!["id"]!.GetValue<string>();
        Assert.Matches("^call_gw_[0-9a-f]{16}_0$", made);
        var expected = JsonNode.Parse("""
            {"id":"r1","object":"chat.completion","model":"gemini-3-flash-preview","choices":[{"index":0,"message":{"role":"assistant",
              "content":"A 👋\n\"b\"\n```python\nprint(1)\n```\n\n```\n1\n\n```\n","reasoning":"so ü",
              "tool_calls":[{"id":"fc1","type":"function","function":{"name":"f","arguments":"{\"a\":\"x\\\"y\",\"n\":[1, 2]}"},"extra_content":{"google":{"thought_signature":"QUE="}}},
                {"id":"MADE","type":"function","function":{"name":"g","arguments":"{}"}}],
              "images":[{"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}],
              "annotations":[{"type":"url_citation","url_citation":{"url":"https://e.com/b","title":"","start_index":4,"end_index":6}},
                {"type":"url_citation","url_citation":{"url":"https://e.com/w","title":"","start_index":0,"end_index":3}}],
              "reasoning_details":[{"type":"reasoning.encrypted","data":"VFg=","format":"google-gemini-v1","model":"gemini-3-flash-preview","index":0},
                {"type":"reasoning.encrypted","data":"QUE=","id":"fc1","format":"google-gemini-v1","model":"gemini-3-flash-preview","index":1}]},
              "finish_reason":"tool_calls","native_finish_reason":"STOP"}],
             "search_results":[{"title":"T","url":"https://e.com/a"},{"title":"","url":"https://e.com/b"}],"service_tier":"flex",
             "usage":{"prompt_tokens":130,"completion_tokens":70,"total_tokens":200,"prompt_tokens_details":{"cached_tokens":40,"audio_tokens":20},
               "completion_tokens_details":{"reasoning_tokens":20,"image_tokens":25,"num_search_queries":2}}}
            """.Replace("MADE", made, StringComparison.Ordinal));
        Assert.True(JsonNode.DeepEquals(expected, json), json.ToJsonString());
    }

    [Fact]
    public async Task Several_choices_are_numbered_and_ids_differ()
    {
        var json = await Gem.AnswerAsync("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP","index":1},{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}""");
        var choices = json["choices"]!.AsArray();
        Assert.Equal([1, 1], choices.Select(choice => choice!["message"]!["tool_calls"]!.AsArray().Count));
        Assert.Equal(2, choices.Select(choice => choice!["message"]!["tool_calls"]![0]!["id"]!.GetValue<string>()).Distinct().Count());
        Assert.StartsWith("chatcmpl-", json["id"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    /// <summary>Thinking was not billed, cached tokens were billed in full, a total that its parts do not reach was lost.</summary>
    [Theory]
    [InlineData("gemini-4-neon", """{"promptTokenCount":1000,"cachedContentTokenCount":400,"candidatesTokenCount":100,"thoughtsTokenCount":50,"totalTokenCount":1150}""", 4_110_000)]
    [InlineData("gemini-3.1-pro-preview", """{"promptTokenCount":200000,"candidatesTokenCount":100,"totalTokenCount":200100}""", 401_200_000)]
    [InlineData("gemini-3.1-pro-preview", """{"promptTokenCount":200001,"candidatesTokenCount":100,"totalTokenCount":200101}""", 801_804_000)]
    [InlineData("gemini-4-argon", """{"promptTokenCount":10000,"cachedContentTokenCount":4000,"candidatesTokenCount":500,"thoughtsTokenCount":1500,"totalTokenCount":12000}""", 32_400_000)]
    [InlineData("gemini-2.5-flash", """{"promptTokenCount":100,"totalTokenCount":150}""", 155_000)]
    [InlineData("gemini-2.5-flash", """{"promptTokenCount":100,"toolUsePromptTokenCount":100,"candidatesTokenCount":10,"totalTokenCount":210}""", 85_000)]
    [InlineData("gemini-2.5-flash", """{"promptTokenCount":100,"candidatesTokenCount":0,"totalTokenCount":100,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":100}]}""", 100_000)]
    public async Task Usage_costs_what_the_price_list_says(string model, string usage, long nanos)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", $$$"""{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{{{usage}}}}"""));
        await using var body = (ScannedBody)(await Gem.SendAsync(upstream.Address, Gem.Call(model))).Body!;
        var price = BuiltInPrices.Load()["gemini/" + model].At(new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero))!;
        Assert.Equal(nanos, CostCalculator.Cost(price, body.Shape.Usage!.Value).TotalNanos);
        Assert.Equal(JsonNode.Parse(usage)!["totalTokenCount"]!.GetValue<long>(), body.Shape.Usage.Value.TotalTokens);
    }

    [Theory]
    [InlineData("STOP", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("CONTINUATION", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("RECITATION", "content_filter")]
    [InlineData("LANGUAGE", "content_filter")]
    [InlineData("BLOCKLIST", "content_filter")]
    [InlineData("PROHIBITED_CONTENT", "content_filter")]
    [InlineData("SPII", "content_filter")]
    [InlineData("IMAGE_SAFETY", "content_filter")]
    [InlineData("IMAGE_PROHIBITED_CONTENT", "content_filter")]
    [InlineData("IMAGE_RECITATION", "content_filter")]
    [InlineData("OTHER", "stop")]
    [InlineData("NO_IMAGE", "stop")]
    [InlineData("IMAGE_OTHER", "stop")]
    [InlineData("FINISH_REASON_UNSPECIFIED", "stop")]
    [InlineData("SOMETHING_NEW", "stop")]
    [InlineData("MALFORMED_FUNCTION_CALL", null)]
    [InlineData("UNEXPECTED_TOOL_CALL", null)]
    [InlineData("TOO_MANY_TOOL_CALLS", null)]
    [InlineData("MISSING_THOUGHT_SIGNATURE", null)]
    public async Task Reasons(string reason, string? expected)
    {
        foreach (var said in (string[])["", "said"])
        {
            var parts = said.Length == 0 ? "" : "\"parts\":[{\"text\":\"said\"}]";
            var body = $$$"""{"candidates":[{"content":{{{{parts}}}},"finishReason":"{{{reason}}}","finishMessage":"No.","safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"HIGH","blocked":true}]}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}""";
            if (expected is null && said.Length == 0)
            {
                await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
                var failure = await Gem.FailAsync(upstream.Address, Gem.Call("gemini-2.5-flash"));
                Assert.Equal((FailureKind.BadAnswer, 5L), (failure.Kind, failure.Usage!.Value.PromptTokens));
                continue;
            }

            var choice = (await Gem.AnswerAsync(body))["choices"]![0]!;
            Assert.Equal((expected ?? "stop", reason), (choice["finish_reason"]!.GetValue<string>(), choice["native_finish_reason"]!.GetValue<string>()));
            Assert.Equal(said, choice["message"]!["content"]!.GetValue<string>());
            Assert.Equal(expected == "content_filter" ? "No." : null, choice["message"]!["refusal"]?.GetValue<string>());
            Assert.Equal(
                expected == "content_filter" ? """{"harassment":{"filtered":true,"severity":"high"}}""" : null, choice["content_filter_results"]?.ToJsonString());
        }
    }

    [Fact]
    public async Task A_blocked_prompt_is_a_filtered_answer()
    {
        var json = await Gem.AnswerAsync("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"responseId":"r2"}""");
        Assert.Equal(
            """[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter","native_finish_reason":"SAFETY"}]""", json["choices"]!.ToJsonString());
        Assert.Equal(9, json["usage"]!["prompt_tokens"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"candidates":[{}],"usageMetadata":{}}""")]
    [InlineData("""{"candidates":[{"content":{},"finishReason":"STOP"}]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{}]},"finishReason":"STOP"}]}""")]
    public async Task An_answer_of_nothing_is_one(string body) => Assert.Equal("", (await Gem.AnswerAsync(body))["choices"]![0]!["message"]!["content"]!.GetValue<string>());

    [Fact]
    public async Task Speech_is_audio_of_the_message()
    {
        var json = await Gem.AnswerAsync("""{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"audio/L16;codec=pcm;rate=24000","data":"AAAA"}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":7,"totalTokenCount":8,"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":7}]}}""");
        Assert.Equal("AAAA", json["choices"]![0]!["message"]!["audio"]!["data"]!.GetValue<string>());
        Assert.Equal(7, json["usage"]!["completion_tokens_details"]!["audio_tokens"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(400, """{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}""", FailureKind.ContextTooLong, "INVALID_ARGUMENT", null)]
    [InlineData(400, """{"error":{"code":400,"message":"odd","status":"INVALID_ARGUMENT"}}""", FailureKind.BadRequest, "INVALID_ARGUMENT", null)]
    [InlineData(400, """{"error":{"code":400,"message":"API key not valid: secret-of-provider","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}""", FailureKind.KeyRejected, "API_KEY_INVALID", null)]
    [InlineData(400, """{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}""", FailureKind.KeyRejected, "FAILED_PRECONDITION", null)]
    [InlineData(401, """{"error":{"code":401,"message":"m","status":"UNAUTHENTICATED"}}""", FailureKind.KeyRejected, "UNAUTHENTICATED", null)]
    [InlineData(402, """{"error":{"code":402,"message":"m"}}""", FailureKind.KeyRejected, "402", null)]
    [InlineData(403, """{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}""", FailureKind.KeyRejected, "PERMISSION_DENIED", null)]
    [InlineData(404, """{"error":{"code":404,"message":"m","status":"NOT_FOUND"}}""", FailureKind.ModelNotFound, "NOT_FOUND", null)]
    [InlineData(429, """[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}]""", FailureKind.RateLimited, "RESOURCE_EXHAUSTED", 34_400L)]
    [InlineData(429, """{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]},{"retryDelay":"5s"}]}}""", FailureKind.KeyRejected, "RESOURCE_EXHAUSTED", 5_000L)]
    [InlineData(500, """{"error":{"code":500,"message":"m","status":"INTERNAL"}}""", FailureKind.ServerError, "INTERNAL", null)]
    [InlineData(503, """{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}""", FailureKind.ServerError, "UNAVAILABLE", null)]
    [InlineData(504, """{"error":{"code":504,"message":"m","status":"DEADLINE_EXCEEDED"}}""", FailureKind.ServerError, "DEADLINE_EXCEEDED", null)]
    [InlineData(404, "<!DOCTYPE html><html>Error 404</html>", FailureKind.ModelNotFound, null, null)]
    public async Task Errors_keep_their_words_and_have_their_class(int status, string error, FailureKind kind, string? code, long? retryAfterMs)
    {
        await using var upstream = RawUpstream.Saying($"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(error)}\r\n\r\n{error}");
        foreach (var stream in (bool[])[false, true])
        {
            var failure = await Gem.FailAsync(upstream.Address, Gem.Call("gemini-2.5-flash", stream: stream));
            Assert.Equal((kind, status, code, retryAfterMs), (failure.Kind, failure.Status, failure.Code, failure.RetryAfterMs));
            Assert.DoesNotContain("secret-of-provider", failure.Message, StringComparison.Ordinal);
        }

        if (error[0] == '<') return;
        await using var within = RawUpstream.Saying(RawUpstream.Answer("application/json", error));
        var told = await Gem.FailAsync(within.Address, Gem.Call("gemini-2.5-flash"));
        Assert.Equal((kind, status, retryAfterMs), (told.Kind, told.Status, told.RetryAfterMs));
    }

    [Theory]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}""")]
    [InlineData("""{"candidates":[]}""")]
    [InlineData("half")]
    public async Task What_holds_no_candidate_is_no_answer(string body)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var failure = await Gem.FailAsync(upstream.Address, Gem.Call("gemini-2.5-flash"));
        Assert.Equal((FailureKind.BadAnswer, 502), (failure.Kind, failure.Status));
    }

    [Theory]
    [InlineData("sim-words-9-cut-after-3", FailureKind.BadAnswer)]
    [InlineData("sim-words-9-no-finish", FailureKind.BadAnswer)]
    [InlineData("sim-words-9-badchunk-after-3", FailureKind.BadAnswer)]
    [InlineData("sim-words-9-error-after-3", FailureKind.ServerError)]
    public async Task A_stream_that_breaks_is_broken(string script, FailureKind kind)
    {
        await using var stream = Tries.Opened(await Gem.SendAsync(simulator.Address, Gem.Call(script, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.NotEmpty(chunks);
        Assert.Equal((StreamEventKind.Failed, kind), (last.Kind, last.Failure!.Kind));
    }

    [Theory]
    [InlineData("sim-words-20")]
    [InlineData("sim-words-20-split")]
    [InlineData("sim-words-20-crlf-comments")]
    [InlineData("sim-words-20-multiline-bom-named")]
    [InlineData("sim-unicode")]
    public async Task A_stream_says_what_the_whole_answer_says(string script)
    {
        await using var plain = (PlainBody)(await Gem.SendAsync(simulator.Address, Gem.Call(script, "\"n\":2"))).Body!;
        await using var stream = Tries.Opened(await Gem.SendAsync(simulator.Address, Gem.Call(script, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal(StreamEventKind.Done, last.Kind);
        Assert.Equal(JsonNode.Parse(plain.Json.Span)!["choices"]![1]!["message"]!["content"]!.GetValue<string>(), Tries.TextOf(chunks));
    }
}
