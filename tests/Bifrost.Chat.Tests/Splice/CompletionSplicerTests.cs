using System.Text;
using System.Text.Json;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using static Bifrost.Chat.Tests.Splice.Spliced;

namespace Bifrost.Chat.Tests.Splice;

public sealed class CompletionSplicerTests
{
    private const string Tokens = "\"prompt_tokens\":3,\"completion_tokens\":2";

    [Theory]
    [InlineData("{}", "{\"extra_fields\":E}")]
    [InlineData("{ }", "{\"extra_fields\":E }")]
    [InlineData("{\"id\":1 }\n", "{\"id\":1,\"extra_fields\":E }\n")]
    [InlineData("{\"extra_fields\":{\"old\":1},\"id\":1}", "{\"extra_fields\":E,\"id\":1}")]
    [InlineData("{\"id\":1,\"extr\\u0061_fields\" : null}", "{\"id\":1,\"extr\\u0061_fields\" : E}")]
    [InlineData("{\"extra_fields\":1,\"extra_fields\":2}", "{\"extra_fields\":E}")]
    [InlineData("{\"extra_fields\":1,\"id\":1 , \"extra_fields\":2}", "{\"id\":1 , \"extra_fields\":E}")]
    [InlineData("{\"x\":{\"extra_fields\":1}}", "{\"x\":{\"extra_fields\":1},\"extra_fields\":E}")]
    public void Puts_extra_fields_in_once(string json, string expected) => Assert.Equal(Full(expected), Answer(json));

    [Theory]
    [InlineData("{\"usage\":{T}}", "{\"usage\":{T,\"cost\":C},\"extra_fields\":E}")]
    [InlineData("{\"usage\":{ T } }", "{\"usage\":{ T,\"cost\":C },\"extra_fields\":E }")]
    [InlineData("{\"usage\":{\"cost\":0.5,T}}", "{\"usage\":{\"cost\":C,T},\"extra_fields\":E}")]
    [InlineData("{\"usage\":{T,\"c\\u006fst\":{\"total_cost\":1}}}", "{\"usage\":{T,\"c\\u006fst\":C},\"extra_fields\":E}")]
    [InlineData("{\"usage\":{\"cost\":1,\"cost\":2,T}}", "{\"usage\":{\"cost\":C,T},\"extra_fields\":E}")]
    [InlineData("{\"usage\":{}}", "{\"usage\":{\"cost\":C},\"extra_fields\":E}")]
    [InlineData("{\"usage\":null}", "{\"usage\":null,\"extra_fields\":E}")]
    [InlineData("{\"usage\":{\"cost\":1,T},\"id\":1,\"usage\":{T}}", "{\"id\":1,\"usage\":{T,\"cost\":C},\"extra_fields\":E}")]
    [InlineData("{\"usage\":{\"cost\":1,\"cost\":2},\"usage\":{T}}", "{\"usage\":{T,\"cost\":C},\"extra_fields\":E}")]
    [InlineData("{\"choices\":[{\"usage\":{T,\"cost\":1}}]}", "{\"choices\":[{\"usage\":{T,\"cost\":1}}],\"extra_fields\":E}")]
    public void Puts_the_cost_into_the_usage_once(string json, string expected) => Assert.Equal(Full(expected), Answer(Full(json), Price));

    [Fact]
    public void Leaves_the_providers_cost_where_no_price_is_known() =>
        Assert.Equal(Full("{\"usage\":{T,\"cost\":0.5},\"extra_fields\":E}"), Answer(Full("{\"usage\":{T,\"cost\":0.5}}")));

    [Theory]
    [InlineData("{T,\"prompt_tokens_details\":{\"cached_tokens\":7}}", "{T,\"prompt_tokens_details\":{\"cached_tokens\":7,\"cached_read_tokens\":7}}")]
    [InlineData("{T,\"prompt_tokens_details\":{\"cached_read_tokens\":7}}", "{T,\"prompt_tokens_details\":{\"cached_read_tokens\":7,\"cached_tokens\":7}}")]
    [InlineData("{T,\"prompt_tokens_details\":{\"cached_read_tokens\":7,\"cached_tokens\":7}}", "{T,\"prompt_tokens_details\":{\"cached_read_tokens\":7,\"cached_tokens\":7}}")]
    [InlineData("{T,\"prompt_tokens_details\":{\"audio_tokens\":0}}", "{T,\"prompt_tokens_details\":{\"audio_tokens\":0}}")]
    [InlineData("{T,\"prompt_tokens_details\":{}}", "{T,\"prompt_tokens_details\":{}}")]
    [InlineData("{T,\"prompt_tokens_details\":{\"cached_tokens\":null}}", "{T,\"prompt_tokens_details\":{\"cached_tokens\":null}}")]
    [InlineData("{T,\"prompt_cache_hit_tokens\":7}", "{T,\"prompt_cache_hit_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":7,\"cached_read_tokens\":7}}")]
    [InlineData("{\"prompt_tokens_details\":null,T,\"prompt_cache_hit_tokens\":7}", "{\"prompt_tokens_details\":{\"cached_tokens\":7,\"cached_read_tokens\":7},T,\"prompt_cache_hit_tokens\":7}")]
    [InlineData("{T,\"prompt_cache_hit_tokens\":7,\"prompt_tokens_details\":{}}", "{T,\"prompt_cache_hit_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":7,\"cached_read_tokens\":7}}")]
    [InlineData("{T,\"cache_creation_input_tokens\":4}", "{T,\"cache_creation_input_tokens\":4,\"prompt_tokens_details\":{\"cached_write_tokens\":4}}")]
    [InlineData("{T,\"citation_tokens\":4,\"num_search_queries\":1}", "{T,\"citation_tokens\":4,\"num_search_queries\":1,\"completion_tokens_details\":{\"citation_tokens\":4,\"num_search_queries\":1}}")]
    [InlineData("{\"input_tokens\":3,\"output_tokens\":2}", "{\"input_tokens\":3,\"output_tokens\":2,\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}")]
    [InlineData("{T,\"input_tokens\":3}", "{T,\"input_tokens\":3,\"total_tokens\":5}")]
    [InlineData("{T,\"completion_tokens_details\":{\"reasoning_tokens\":1}}", "{T,\"completion_tokens_details\":{\"reasoning_tokens\":1}}")]
    public void Gives_what_is_known_under_both_names(string usage, string expected) =>
        Assert.Equal(Full($"{{\"usage\":{expected},\"extra_fields\":E}}"), Answer(Full($"{{\"usage\":{usage}}}")));

    [Theory]
    [InlineData("{\"logprobs\":{\"content\":[1]},\"index\":0}", "{\"logprobs\":{\"content\":[1]},\"log_probs\":{\"content\":[1]},\"index\":0}")]
    [InlineData("{\"index\":0,\"logprobs\" : {\"a\" : 1} }", "{\"index\":0,\"logprobs\" : {\"a\" : 1},\"log_probs\":{\"a\" : 1} }")]
    [InlineData("{\"logprobs\":null}", "{\"logprobs\":null}")]
    [InlineData("{\"log_probs\":{\"old\":1},\"logprobs\":{\"content\":[1]}}", "{\"log_probs\":{\"content\":[1]},\"logprobs\":{\"content\":[1]}}")]
    [InlineData("{\"logprobs\":{\"content\":[1]},\"log_probs\":null}", "{\"logprobs\":{\"content\":[1]},\"log_probs\":{\"content\":[1]}}")]
    [InlineData("{\"log_probs\":{\"old\":1}}", "{\"log_probs\":{\"old\":1}}")]
    [InlineData("{\"log_probs\":1,\"logprobs\":2,\"log_probs\":3}", "{\"logprobs\":2,\"log_probs\":2}")]
    [InlineData("{\"message\":{\"logprobs\":{\"x\":1}}}", "{\"message\":{\"logprobs\":{\"x\":1}}}")]
    public void Mirrors_log_probabilities(string choice, string expected)
    {
        Assert.Equal(Full($"{{\"choices\":[{expected},{{}}],\"extra_fields\":E}}"), Answer($"{{\"choices\":[{choice},{{}}]}}"));
        Assert.Equal(Full($"{{\"choices\":[{expected}],\"extra_fields\":E}}"), Chunk($"{{\"choices\":[{choice}]}}"));
    }

    [Fact]
    public void Mirrors_the_log_probabilities_of_many_choices()
    {
        var choices = string.Join(',', Enumerable.Range(0, 128).Select(i => $"{{\"logprobs\":{{\"i\":{i}}}}}"));
        using var parsed = JsonDocument.Parse(Answer($"{{\"choices\":[{choices}]}}"));
        var i = 0;
        foreach (var choice in parsed.RootElement.GetProperty("choices").EnumerateArray())
            Assert.Equal(i++, choice.GetProperty("log_probs").GetProperty("i").GetInt32());
    }

    [Theory]
    [InlineData("{\"choices\":[{}],\"usage\":{T}}", "{\"choices\":[{}],\"extra_fields\":E}", "{\"choices\":[{}],\"usage\":null,\"extra_fields\":E}")]
    [InlineData("{\"usage\":{T} , \"choices\":[{}]}", "{\"choices\":[{}],\"extra_fields\":E}", "{\"usage\":null , \"choices\":[{}],\"extra_fields\":E}")]
    [InlineData("{\"id\":1,\"usage\":null,\"choices\":[{}]}", "{\"id\":1,\"choices\":[{}],\"extra_fields\":E}", "{\"id\":1,\"usage\":null,\"choices\":[{}],\"extra_fields\":E}")]
    [InlineData("{\"choices\":[{}]}", "{\"choices\":[{}],\"extra_fields\":E}", "{\"choices\":[{}],\"extra_fields\":E}")]
    [InlineData("{\"extra_fields\":1,\"usage\":{T}}", "{\"extra_fields\":E}", "{\"extra_fields\":E,\"usage\":null}")]
    [InlineData("{\"usage\":null}", "{\"extra_fields\":E}", "{\"usage\":null,\"extra_fields\":E}")]
    [InlineData("{\"usage\":1,\"usage\":null}", "{\"extra_fields\":E}", "{\"usage\":null,\"extra_fields\":E}")]
    [InlineData("{\"id\":1,\"usage\":{T},\"usage\":{T}}", "{\"id\":1,\"extra_fields\":E}", "{\"id\":1,\"usage\":null,\"extra_fields\":E}")]
    [InlineData("{\"choices\":[{\"log_probs\":1,\"log_probs\":2}],\"usage\":{T}}", "{\"choices\":[{\"log_probs\":2}],\"extra_fields\":E}", "{\"choices\":[{\"log_probs\":2}],\"usage\":null,\"extra_fields\":E}")]
    [InlineData("{\"usage\":{\"cost\":1,\"cost\":2},\"id\":1}", "{\"id\":1,\"extra_fields\":E}", "{\"usage\":null,\"id\":1,\"extra_fields\":E}")]
    public void Takes_usage_off_a_content_chunk(string json, string without, string with)
    {
        Assert.Equal(Full(without), Chunk(Full(json), includeUsage: false));
        Assert.Equal(Full(with), Chunk(Full(json), includeUsage: true));
    }

    [Theory]
    [InlineData("{\"id\":1,\"choices\":[],\"usage\":{T}}", "{\"id\":1,\"choices\":[],\"usage\":{T,\"cost\":C},\"extra_fields\":E}")]
    [InlineData("{\"id\":1,\"choices\":[{\"delta\":{},\"logprobs\":{\"a\":1}}],\"usage\":{T}}", "{\"id\":1,\"choices\":[],\"usage\":{T,\"cost\":C},\"extra_fields\":E}")]
    [InlineData("{\"usage\":{T},\"choices\":null}", "{\"usage\":{T,\"cost\":C},\"choices\":[],\"extra_fields\":E}")]
    [InlineData("{\"usage\":{T}}", "{\"usage\":{T,\"cost\":C},\"choices\":[],\"extra_fields\":E}")]
    public void Makes_the_chunk_that_tells_usage(string json, string expected) => Assert.Equal(Full(expected), UsageChunk(Full(json), Price));

    [Fact]
    public void Writes_chunks_on_one_line()
    {
        var extra = Extra with { RawResponse = Encoding.UTF8.GetBytes("{\n\"a\":1\r\n}") };
        var written = Chunk("{\n\"a\"\r:\"x\\ny\",\n\"choices\":[{\"logprobs\":[\n1]}]}", extra: extra);
        Assert.DoesNotContain('\n', written);
        Assert.DoesNotContain('\r', written);
        using var parsed = JsonDocument.Parse(written);
        Assert.Equal("x\ny", parsed.RootElement.GetProperty("a").GetString());
    }

    [Fact]
    public void Writes_extra_fields_that_are_known()
    {
        var extra = new ExtraFields
        {
            RequestType = RequestTypes.ChatCompletionStream,
            Provider = "p\"",
            ModelRequested = "p/m",
            ModelDeployment = "m",
            LatencyMs = 12,
            ChunkIndex = 0,
            RawRequest = Encoding.UTF8.GetBytes("{\"model\":\"m\"}"),
            RawResponse = Encoding.UTF8.GetBytes(" [1] "),
        };
        Assert.Equal(
            "{\"extra_fields\":{\"request_type\":\"chat_completion_stream\",\"provider\":\"p\\\"\",\"model_requested\":\"p/m\",\"model_deployment\":\"m\"," +
            "\"latency\":12,\"chunk_index\":0,\"raw_request\":{\"model\":\"m\"},\"raw_response\": [1] }}",
            Answer("{}", extra: extra));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("not json")]
    [InlineData("1,\"provider\":2")]
    [InlineData(" ")]
    public void Never_embeds_raw_bytes_that_are_no_JSON(string raw)
    {
        var extra = Extra with { RawRequest = Encoding.UTF8.GetBytes(raw), RawResponse = new byte[] { (byte)'"', 0xFF, (byte)'"' } };
        Assert.Equal(Full("{\"extra_fields\":E}"), Answer("{}", extra: extra));
    }

    private static string Full(string template) => template
        .Replace("\"extra_fields\":E", $"\"extra_fields\":{ExtraJson}", StringComparison.Ordinal)
        .Replace("\" : E", $"\" : {ExtraJson}", StringComparison.Ordinal)
        .Replace(":C", $":{CostJson}", StringComparison.Ordinal)
        .Replace("{T", $"{{{Tokens}", StringComparison.Ordinal)
        .Replace("{ T", $"{{ {Tokens}", StringComparison.Ordinal)
        .Replace(",T", $",{Tokens}", StringComparison.Ordinal);
}
