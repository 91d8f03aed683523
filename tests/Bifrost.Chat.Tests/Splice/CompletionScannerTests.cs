using System.Text;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Tests.Splice;

public sealed class CompletionScannerTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("[DONE]")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1}}")]
    [InlineData("{\"a\":1}{")]
    [InlineData("{\"choices\":[{]}")]
    [InlineData("{\"usage\":{\"prompt_tokens\":}}")]
    [InlineData("<html>")]
    public void Refuses_what_is_not_one_object(string json) =>
        Assert.False(CompletionScanner.TryScan(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public void Refuses_every_answer_that_was_cut()
    {
        var json = Encoding.UTF8.GetBytes("{\"choices\":[{\"logprobs\":{\"content\":[]},\"message\":{\"content\":\"hi\"}}],\"usage\":{\"prompt_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":1}}}");
        Assert.True(CompletionScanner.TryScan(json, out _));
        for (var length = 0; length < json.Length; length++) Assert.False(CompletionScanner.TryScan(json.AsSpan(0, length), out _));
    }

    [Theory]
    [InlineData("{}", false, false, false, false)]
    [InlineData("{\"choices\":null}", false, false, false, false)]
    [InlineData("{\"choices\":[]}", true, true, false, false)]
    [InlineData("{\"choices\":[{}]}", true, false, false, false)]
    [InlineData("{\"choices\":[{\"finish_reason\":null}]}", true, false, false, false)]
    [InlineData("{\"choices\":[{\"finish_reason\":null},{\"finish_reason\":\"stop\"}]}", true, false, true, false)]
    [InlineData("{\"choices\":[{\"message\":{\"finish_reason\":\"stop\",\"error\":{}}}]}", true, false, false, false)]
    [InlineData("{\"error\":null,\"choices\":[{}]}", true, false, false, false)]
    [InlineData("{\"error\":{\"message\":\"m\"}}", false, false, false, true)]
    [InlineData("{\"err\\u006fr\":\"m\"}", false, false, false, true)]
    [InlineData("{\"error\":\"\",\"choices\":[{}]}", true, false, false, false)]
    [InlineData("{\"error\":{},\"choices\":[{}]}", true, false, false, false)]
    [InlineData("{\"error\":false,\"choices\":[{}]}", true, false, false, false)]
    [InlineData("{\"error\":[],\"choices\":[]}", true, true, false, false)]
    [InlineData("{\"error\":{\"message\":\"\",\"code\":0,\"param\":null},\"choices\":[{}]}", true, false, false, false)]
    [InlineData("{\"error\":\"m\",\"choices\":[{}]}", true, false, false, true)]
    [InlineData("{\"error\":{}}", false, false, false, true)]
    [InlineData("{\"error\":false}", false, false, false, false)]
    [InlineData("{\"object\":\"error\",\"message\":\"m\",\"code\":500}", false, false, false, true)]
    [InlineData("{\"object\":\"error\",\"choices\":[]}", true, true, false, true)]
    [InlineData("{\"detail\":\"m\"}", false, false, false, true)]
    [InlineData("{\"detail\":[{\"msg\":\"m\"}]}", false, false, false, true)]
    [InlineData("{\"code\":500,\"message\":\"m\"}", false, false, false, true)]
    [InlineData("{\"code\":\"500\"}", false, false, false, true)]
    [InlineData("{\"code\":200}", false, false, false, false)]
    [InlineData("{\"choices\":null,\"error_type\":\"t\"}", false, false, false, true)]
    [InlineData("{\"choices\":null,\"base_resp\":{\"status_code\":1004,\"status_msg\":\"m\"}}", false, false, false, true)]
    [InlineData("{\"choices\":null,\"base_resp\":{\"status_code\":0,\"status_msg\":\"\"}}", false, false, false, false)]
    [InlineData("{\"error_code\":336003,\"error_msg\":\"m\"}", false, false, false, true)]
    [InlineData("{\"success\":false}", false, false, false, true)]
    [InlineData("{\"type\":\"error\"}", false, false, false, true)]
    [InlineData("{\"type\":\"ping\"}", false, false, false, false)]
    [InlineData("{\"status\":\"failed\"}", false, false, false, true)]
    [InlineData("{\"choices\":[{}],\"message\":\"m\",\"code\":500}", true, false, false, false)]
    [InlineData("{\"choices\":[{\"error\":{\"code\":502}}]}", true, false, false, true)]
    [InlineData("{\"choices\":[{\"error\":null}]}", true, false, false, false)]
    [InlineData("{\"choices\":[{\"finish_reason\":\"error\"}]}", true, false, true, true)]
    [InlineData("{\"choices\":[],\"x_groq\":{\"error\":\"over_capacity\"}}", true, true, false, true)]
    public void Sees_choices_end_and_errors(string json, bool hasChoices, bool empty, bool finished, bool error)
    {
        var shape = Spliced.Scan(json);
        Assert.Equal((hasChoices, empty, finished, error), (shape.HasChoices, shape.ChoicesEmpty, shape.FinishReasonSeen, shape.HasError));
    }

    [Theory]
    [InlineData("{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", true)]
    [InlineData("{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", true)]
    [InlineData("{\"choices\":[{}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", false)]
    [InlineData("{\"choices\":[],\"usage\":null}", false)]
    [InlineData("{\"choices\":[],\"usage\":{}}", false)]
    [InlineData("{\"choices\":[],\"prompt_filter_results\":[]}", false)]
    [InlineData("{\"error\":{},\"usage\":{\"prompt_tokens\":1}}", false)]
    public void Knows_a_chunk_that_only_tells_usage(string json, bool expected) => Assert.Equal(expected, Spliced.Scan(json).IsUsageOnly);

    [Theory]
    [InlineData("{\"choices\":[],\"citations\":[\"u\"]}", true)]
    [InlineData("{\"choices\":[],\"search_results\":[{\"url\":\"u\"}]}", true)]
    [InlineData("{\"choices\":[],\"videos\":[{\"url\":\"u\"}]}", true)]
    [InlineData("{\"choices\":[],\"citations\":[]}", false)]
    [InlineData("{\"choices\":[],\"time_info\":{\"queue\":1}}", false)]
    public void Knows_what_stands_beside_the_choices_for_the_client(string json, bool expected) => Assert.Equal(expected, Spliced.Scan(json).CarriesMore);

    [Theory]
    [InlineData("""{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"total_tokens":2}}""",
        """{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"total_tokens":2}}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"a"},{},{"index":7,"id":"b"}]}}],"message":"kept"}""",
        """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a"},{"index":1},{"index":7,"id":"b"}]}}],"message":"kept"}""")]
    [InlineData("{ \"choices\" : [ { \"message\" : null } , 1 ] , \"object\" : 1 }", "{ \"choices\" : [ { \"delta\": null } , 1 ] , \"object\" : 1 }")]
    public void Makes_a_chunk_of_a_whole_completion(string json, string expected)
    {
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        WholeAsChunk.Write(written, Encoding.UTF8.GetBytes(json));
        Assert.Equal(expected, Encoding.UTF8.GetString(written.WrittenSpan));
    }

    [Fact]
    public void Reads_OpenAIs_usage() => Assert.Equal(
        new TokenUsage
        {
            PromptTokens = 100, CompletionTokens = 50, CachedReadTokens = 40, ReasoningTokens = 20, PromptAudioTokens = 3, CompletionAudioTokens = 4,
        },
        Usage("""
              {"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":40,"audio_tokens":3},
               "completion_tokens_details":{"reasoning_tokens":20,"audio_tokens":4,"accepted_prediction_tokens":9}}
              """));

    [Fact]
    public void Reads_the_seeds_usage() => Assert.Equal(
        new TokenUsage { PromptTokens = 9, CompletionTokens = 8, CachedReadTokens = 4, CachedWriteTokens = 3, CitationTokens = 2, SearchQueries = 1 },
        Usage("""
              {"prompt_tokens":9,"completion_tokens":8,"prompt_tokens_details":{"cached_read_tokens":4,"cached_write_tokens":3},
               "completion_tokens_details":{"citation_tokens":2,"num_search_queries":1}}
              """));

    [Theory]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"prompt_cache_hit_tokens\":5}", 9, 8, 5, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"cached_tokens\":5}", 9, 8, 5, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"prompt_tokens_details\":null}", 9, 8, 0, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"prompt_tokens_details\":[1]}", 9, 8, 0, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":null,\"total_tokens\":12}", 9, 3, 0, 0)]
    [InlineData("{\"prompt_tokens\":9.0,\"completion_tokens\":8e0}", 9, 8, 0, 0)]
    [InlineData("{\"prompt_tokens\":\"9\",\"completion_tokens\":\"8\"}", 9, 8, 0, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"num_cached_tokens\":5}", 9, 8, 5, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"prompt_token_details\":{\"cached_tokens\":5}}", 9, 8, 5, 0)]
    // Told twice, the larger one holds.
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"prompt_tokens\":0,\"completion_tokens\":0}", 9, 8, 0, 0)]
    [InlineData("{\"prompt_tokens\":0,\"completion_tokens\":0,\"input_tokens\":9,\"output_tokens\":8}", 9, 8, 0, 0)]
    // OpenAI's responses and Perplexity's agents: cached tokens are among the prompt's.
    [InlineData("{\"input_tokens\":20,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":15,\"output_tokens_details\":{\"reasoning_tokens\":8}}", 20, 15, 4, 8)]
    [InlineData("{\"input_tokens\":3007,\"input_tokens_details\":{\"cache_read_input_tokens\":3004},\"output_tokens\":37,\"total_tokens\":3044}", 3007, 37, 3004, 0)]
    // Anthropic's messages: they come on top.
    [InlineData("{\"input_tokens\":20,\"cache_read_input_tokens\":4,\"output_tokens\":15}", 24, 15, 4, 0)]
    [InlineData("{\"prompt_tokens\":20,\"completion_tokens\":15,\"cache_read_input_tokens\":4}", 20, 15, 4, 0)]
    [InlineData("{\"prompt_tokens\":20,\"completion_tokens\":15,\"prompt_tokens_details\":{\"cached_tokens\":100}}", 120, 15, 100, 0)]
    [InlineData("{\"prompt_tok\\u0065ns\":9,\"completion_tokens\":8}", 9, 8, 0, 0)]
    [InlineData("{\"x\":{\"prompt_tokens\":1},\"prompt_tokens\":9,\"completion_tokens\":8}", 9, 8, 0, 0)]
    // Reasoning that is billed beside the completion: only the total tells.
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"total_tokens\":22,\"completion_tokens_details\":{\"reasoning_tokens\":5}}", 9, 13, 0, 5)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"completion_tokens_details\":{\"reasoning_tokens\":50}}", 9, 58, 0, 50)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"total_tokens\":22}", 9, 13, 0, 0)]
    // Rejected tokens of a prediction are output.
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"completion_tokens_details\":{\"rejected_prediction_tokens\":6}}", 9, 8, 0, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"completion_tokens_details\":{\"rejected_prediction_tokens\":60}}", 9, 60, 0, 0)]
    [InlineData("{\"prompt_tokens\":9,\"completion_tokens\":8,\"total_tokens\":17,\"completion_tokens_details\":{\"reasoning_tokens\":5}}", 9, 8, 0, 5)]
    public void Reads_usage_as_providers_tell_it(string usage, long prompt, long completion, long cached, long reasoning)
    {
        var tokens = Usage(usage);
        Assert.Equal((prompt, completion, cached, reasoning), (tokens!.Value.PromptTokens, tokens.Value.CompletionTokens, tokens.Value.CachedReadTokens, tokens.Value.ReasoningTokens));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{\"prompt_tokens\":null}")]
    [InlineData("{\"total_tokens\":5}")]
    public void Knows_when_no_usage_is_told(string usage) => Assert.Null(Usage(usage));

    [Theory]
    [InlineData("-5")]
    [InlineData("7.2")]
    [InlineData("1e300")]
    [InlineData("1000000001")]
    [InlineData("99999999999999999999")]
    [InlineData("\"-5\"")]
    [InlineData("\"1e3\"")]
    [InlineData("\"NaN\"")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    [InlineData("true")]
    public void Takes_no_count_for_told_that_is_none(string value)
    {
        var told = Spliced.Scan($$$"""{"usage":{"prompt_tokens":{{{value}}},"completion_tokens":{{{value}}},"total_tokens":{{{value}}}}}""").Told;
        Assert.Equal((true, true), (told.IsEmpty, told.HasNoCount));
        var after = Spliced.Scan($$$"""{"usage":{"prompt_tokens":{{{value}}},"completion_tokens":3,"prompt_tokens":2}}""").Told;
        Assert.Equal((2, 3), (after.Prompt, after.Completion));
    }

    [Theory]
    [InlineData("""{"choices":[{"usage":{"prompt_tokens":9,"completion_tokens":8}}]}""")]
    [InlineData("""{"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":9,"completion_tokens":8}}}""")]
    [InlineData("""{"choices":[{"usage":{"prompt_tokens":9}}],"usage":{"completion_tokens":8}}""")]
    [InlineData("""{"x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":8}},"usage":{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17}}""")]
    public void Reads_a_usage_that_stands_elsewhere_in_the_answer(string json)
    {
        var usage = Spliced.Scan(json).Usage;
        Assert.Equal((9, 8), (usage!.Value.PromptTokens, usage.Value.CompletionTokens));
    }

    [Fact]
    public void Takes_no_other_members_usage_for_the_answers() =>
        Assert.Null(Spliced.Scan("""{"choices":[{"message":{"usage":{"prompt_tokens":1}}}],"x":{"usage":{"prompt_tokens":1}}}""").Usage);

    [Fact]
    public void Knows_a_total_that_is_told_alone() => Assert.Equal(5, Spliced.Scan("""{"usage":{"total_tokens":5}}""").Told.Total);

    [Theory]
    [InlineData("""{"model":"gpt-4o","service_tier":"flex"}""", "gpt-4o", "flex")]
    [InlineData("""{"mod\u0065l":"a\/b","choices":[{"model":"x","service_tier":"y"}]}""", "a\\/b", "")]
    [InlineData("""{"model":null,"service_tier":5}""", "", "")]
    [InlineData("""{"model":["x"],"service_tier":{"a":1}}""", "", "")]
    [InlineData("{}", "", "")]
    public void Finds_the_model_and_the_tier_that_answered(string json, string model, string tier)
    {
        var shape = Spliced.Scan(json);
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.Equal((model, tier), (Encoding.UTF8.GetString(shape.ModelIn(bytes)), Encoding.UTF8.GetString(shape.ServiceTierIn(bytes))));
    }

    [Theory]
    [InlineData("{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"abc\"}}]}", 3)]
    [InlineData("{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}", 0)]
    [InlineData("{\"choices\":[{\"delta\":{\"reasoning\":\"ab\",\"reasoning_content\":\"c\",\"refusal\":\"d\"}},{\"text\":\"e\"}]}", 5)]
    [InlineData("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"fn\",\"arguments\":\"{}\"}}]}}]}", 4)]
    [InlineData("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"abcd\"}]}}]}", 4)]
    [InlineData("{\"choices\":[{\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"abcd\",\"id\":\"rs_1\"}]}}]}", 4)]
    [InlineData("{\"choices\":[{\"message\":{\"audio\":{\"id\":\"a\",\"data\":\"abc\",\"transcript\":\"d\",\"expires_at\":1}}}]}", 4)]
    [InlineData("{\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]}}]}", 2)]
    [InlineData("{\"choices\":[{\"delta\":{\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}}}]}", 3)]
    [InlineData("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":12}}}]}}]}", 9)]
    public void Counts_what_the_model_said(string json, int bytes) => Assert.Equal(bytes, Spliced.Scan(json).Content.All);

    /// <summary>A picture that a model drew, and a usage of zeros beside it, was booked at no output.</summary>
    [Theory]
    [InlineData("\"message\":{\"content\":\"\",\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}", 26)]
    [InlineData("\"delta\":{\"videos\":[{\"title\":\"abc\",\"url\":\"http://a\"}]}", 11)]
    [InlineData("\"message\":{\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"http://a\",\"title\":\"abc\"}}],\"image\":{\"url\":\"ab\"}}", 2)]
    [InlineData("\"message\":{\"annotations\":[{\"url\":\"http://a\",\"title\":\"abc\"}]}", 0)]
    public void Addresses_count_unless_they_name_a_source(string member, int bytes) =>
        Assert.Equal(bytes, Spliced.Scan($"{{\"choices\":[{{{member}}}]}}").Content.All);

    /// <summary>Log probabilities of tokens that no text shows, and a usage of zeros beside them, were booked at no output.</summary>
    [Theory]
    [InlineData("{\"message\":{\"content\":\"\"},\"logprobs\":{\"content\":[{\"token\":\"ab\",\"logprob\":-1},{\"token\":\"c\"}]}}", 3)]
    [InlineData("{\"logprobs\":{\"content\":[{\"token\":\"ab\"}]},\"message\":{\"content\":\"abcd\"}}", 4)]
    [InlineData("{\"message\":{\"content\":\"\"},\"logprobs\":{\"content\":[]}}", 0)]
    [InlineData("{\"message\":{\"content\":\"\"},\"logprobs\":null}", 0)]
    public void Tokens_that_only_log_probabilities_show_count(string choice, int bytes) =>
        Assert.Equal(bytes, Spliced.Scan($"{{\"choices\":[{choice}]}}").Content.All);

    private static TokenUsage? Usage(string usage) => Spliced.Scan($"{{\"choices\":[],\"usage\":{usage}}}").Usage;
}
