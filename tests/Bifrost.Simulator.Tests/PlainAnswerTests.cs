using System.Net;
using System.Text;
using System.Text.Json;

namespace Bifrost.Simulator.Tests;

public sealed class PlainAnswerTests(SimulatorFixture simulator)
{
    [Fact]
    public async Task Says_the_same_words_to_every_question_under_its_own_and_any_ordinary_name()
    {
        var first = await simulator.AskAsync("sim");
        var other = await simulator.AskAsync("gpt-4o", messages: """[{"role":"user","content":"Another"}]""");

        Assert.NotEmpty(first.Said()!);
        Assert.Equal(first.Said(), other.Said());
        Assert.Equal("gpt-4o", other.Text("model"));
        Assert.Equal("stop", first.Choice().Text("finish_reason"));
        Assert.NotEqual(first.Text("id"), other.Text("id"));
    }

    [Theory]
    [InlineData("sim")]
    [InlineData("sim-1kb")]
    [InlineData("sim-unicode")]
    [InlineData("sim-out-12")]
    public async Task Prebuilt_answers_say_what_written_ones_say(string model)
    {
        // Offered tools take the long way; nobody asks this model to call one.
        var prebuilt = await simulator.AskAsync(model);
        var written = await simulator.AskAsync(model, Chat.Tools);

        Assert.Equal(Comparable(written), Comparable(prebuilt));

        static string Comparable(JsonElement answer) =>
            string.Join('\n', answer.EnumerateObject().Where(field => field.Name is not ("id" or "created")).Select(field => field.ToString()));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":"first"},{"role":"assistant","content":"no"},{"role":"user","content":"gr\u00fc\u00df \"Gott\""},{"role":"system","content":"x"}]""", "grüß \"Gott\"")]
    [InlineData("""[{"content":[{"type":"text","text":"two "},{"type":"image_url","image_url":{"url":"text"}},{"type":"text","text":"parts"}],"role":"user"}]""", "two parts")]
    [InlineData("""[{"role":"system","content":"nobody asked"}]""", "")]
    public async Task Echo_says_the_last_user_message(string messages, string expected)
    {
        Assert.Equal(expected, (await simulator.AskAsync("sim-echo", messages: messages)).Said());
    }

    [Fact]
    public async Task An_asked_answer_is_that_of_the_model_which_the_last_message_names()
    {
        var answer = await simulator.AskAsync("sim-asked", messages: """[{"role":"user","content":"sim-16b-tokens-57-out-12 and more"}]""");

        Assert.Equal(("sim-asked", 16), (answer.Text("model"), answer.Said()!.Length));
        Assert.Equal((57, 12), (answer.Usage().Number("prompt_tokens"), answer.Usage().Number("completion_tokens")));
        using var unknown = await simulator.OpenAsync("sim-asked", messages: """[{"role":"user","content":"sim-nonsense"}]""");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("sim-1b", 1)]
    [InlineData("sim-100b", 100)]
    [InlineData("sim-1kb", 1024)]
    [InlineData("sim-2mb", 2 << 20)]
    [InlineData("sim-giant", 16 << 20)]
    [InlineData("sim-words-5", 40)]
    [InlineData("sim-blank", 0)]
    public async Task Sized_answers_have_exactly_that_many_bytes(string model, int bytes)
    {
        var answer = await simulator.AskAsync(model);

        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(answer.Said()!));
        Assert.Equal(Chat.Tokens(bytes), answer.Usage().Number("completion_tokens"));
    }

    [Fact]
    public async Task A_token_limit_ends_the_text_and_says_so()
    {
        var answer = await simulator.AskAsync("sim-1kb", ",\"max_tokens\":9,\"max_completion_tokens\":5");

        Assert.Equal(20, answer.Said()!.Length);
        Assert.Equal("length", answer.Choice().Text("finish_reason"));
        Assert.Equal(5, answer.Usage().Number("completion_tokens"));
        Assert.Equal(5, (await simulator.AskAsync("sim-out-99", ",\"max_tokens\":5")).Usage().Number("completion_tokens"));
    }

    [Fact]
    public async Task Calls_offered_tools_when_the_model_asks_or_the_request_demands()
    {
        var asked = await simulator.AskAsync("sim-tools-3", Chat.Tools);
        var calls = asked.Choice().GetProperty("message").GetProperty("tool_calls").EnumerateArray().ToArray();

        Assert.Equal(["look", "find", "look"], calls.Select(call => call.GetProperty("function").Text("name")));
        Assert.Equal(3, calls.Select(call => call.Text("id")).Distinct().Count());
        Assert.Equal("simulated", JsonDocument.Parse(calls[0].GetProperty("function").Text("arguments")!).RootElement.Text("query"));
        Assert.Equal("tool_calls", asked.Choice().Text("finish_reason"));
        Assert.Equal(JsonValueKind.Null, asked.Choice().GetProperty("message").GetProperty("content").ValueKind);

        var named = await simulator.AskAsync("sim", Chat.Tools + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"find\"}}");
        Assert.Equal("find", named.Choice().GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").Text("name"));

        Assert.NotEmpty((await simulator.AskAsync("sim-tools", Chat.Tools + ",\"tool_choice\":\"none\"")).Said()!);
        Assert.NotEmpty((await simulator.AskAsync("sim-tools")).Said()!);
        Assert.NotEmpty((await simulator.AskAsync("sim", Chat.Tools)).Said()!);
    }

    [Fact]
    public async Task Gives_as_many_choices_as_asked_and_counts_them_all()
    {
        var answer = await simulator.AskAsync("sim-100b", ",\"n\":3");

        Assert.Equal([0, 1, 2], answer.GetProperty("choices").EnumerateArray().Select(choice => choice.Number("index")));
        Assert.Equal(75, answer.Usage().Number("completion_tokens"));
    }

    [Fact]
    public async Task Logprobs_cover_the_text_token_by_token_only_when_asked()
    {
        var answer = await simulator.AskAsync("sim-unicode", ",\"logprobs\":true,\"top_logprobs\":2");
        var tokens = answer.Choice().GetProperty("logprobs").GetProperty("content").EnumerateArray().ToArray();

        Assert.Equal(answer.Said(), string.Concat(tokens.Select(token => token.Text("token"))));
        Assert.All(tokens, token => Assert.Equal(2, token.GetProperty("top_logprobs").GetArrayLength()));
        Assert.Equal(Encoding.UTF8.GetBytes(answer.Said()!), tokens.SelectMany(token => token.GetProperty("bytes").EnumerateArray().Select(value => value.GetByte())));
        Assert.Equal(JsonValueKind.Null, (await simulator.AskAsync("sim-unicode")).Choice().GetProperty("logprobs").ValueKind);
    }

    [Fact]
    public async Task Usage_follows_the_rule_and_the_name()
    {
        const string messages = """[{"role":"user","content":"A question of some length, with ü."} ]""";
        var byRule = (await simulator.AskAsync("sim-100b-reasoning-30", messages: messages)).Usage();
        Assert.Equal(Chat.Tokens(Encoding.UTF8.GetByteCount(messages)), byRule.Number("prompt_tokens"));
        Assert.Equal(25 + 30, byRule.Number("completion_tokens"));
        Assert.Equal(30, byRule.GetProperty("completion_tokens_details").Number("reasoning_tokens"));
        Assert.Equal(byRule.Number("prompt_tokens") + 55, byRule.Number("total_tokens"));

        var byName = (await simulator.AskAsync("sim-tokens-57-out-12-cached-40")).Usage();
        Assert.Equal((57, 12, 69), (byName.Number("prompt_tokens"), byName.Number("completion_tokens"), byName.Number("total_tokens")));
        Assert.Equal(40, byName.GetProperty("prompt_tokens_details").Number("cached_tokens"));

        Assert.False((await simulator.AskAsync("sim-no-usage")).TryGetProperty("usage", out _));
    }

    [Fact]
    public async Task Rich_answers_have_the_optional_fields()
    {
        var rich = await simulator.AskAsync("sim-rich");
        var message = rich.Choice().GetProperty("message");
        foreach (var field in new[] { "reasoning", "reasoning_details", "annotations", "audio" }) Assert.True(message.TryGetProperty(field, out _), field);
        foreach (var field in new[] { "citations", "search_results", "videos" }) Assert.NotEqual(0, rich.GetProperty(field).GetArrayLength());

        var cited = await simulator.AskAsync("sim-citations");
        Assert.True(cited.Usage().GetProperty("cost").GetProperty("total_cost").GetDecimal() > 0.005m);
        Assert.False(cited.TryGetProperty("videos", out _));

        var refusal = (await simulator.AskAsync("sim-refusal")).Choice().GetProperty("message");
        Assert.NotEmpty(refusal.Text("refusal")!);
        Assert.Null(refusal.Text("content"));
    }

    [Theory]
    [InlineData("sim-length", "length")]
    [InlineData("sim-filter", "content_filter")]
    [InlineData("sim-no-finish", null)]
    public async Task Finish_reasons_follow_the_name(string model, string? reason)
    {
        Assert.Equal(reason, (await simulator.AskAsync(model)).Choice().Text("finish_reason"));
    }

    [Fact]
    public async Task Noisy_headers_come_with_the_model_that_promises_them()
    {
        using var noisy = await simulator.OpenAsync("sim-headers");
        Assert.True(noisy.Headers.Contains("Set-Cookie"));
        Assert.True(noisy.Headers.Contains("openai-processing-ms"));
        using var quiet = await simulator.OpenAsync("sim-echo");
        Assert.False(quiet.Headers.Contains("Set-Cookie"));
    }
}
