using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>
/// What each OpenAI-style provider receives. The upstream refuses what the provider refuses or passes over in silence, by a list of its own.
/// </summary>
public class RowTests(SimulatorFixture simulator)
{
    private const string Tools = """[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]""";

    /// <summary>A conversation as clients keep it, with fields of answers of other providers.</summary>
    private const string History = """
        [{"role":"developer","content":"Be brief."},{"role":"user","content":"Hi"},
         {"role":"assistant","content":null,"refusal":null,"annotations":[],"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}],
          "tool_calls":[{"id":"call_0123456789abcdef","type":"function","function":{"name":"f","arguments":"{}"}}]},
         {"role":"tool","tool_call_id":"call_0123456789abcdef","content":"1"},
         {"role":"assistant","content":"One."},{"role":"user","content":"And?"}]
        """;

    public static TheoryData<string> Rows => new(Family.Names);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Takes_a_conversation_as_clients_keep_it(string row)
    {
        foreach (var stream in (bool[])[false, true])
        {
            var usage = stream && OpenAiProfiles.Find(row).AskStreamUsage ? ",\"stream_options\":{\"include_usage\":true}" : "";
            var sent = await SentAsync(row, $"""
                "messages":{History},"user":"u","n":1,"logprobs":false,"temperature":0.5,"response_format":{"{"}"type":"text"{"}"}{usage}
                """, stream);
            Assert.Equal("And?", sent["messages"]!.AsArray()[^1]!["content"]!.GetValue<string>());
            Assert.Equal(0.5, sent["temperature"]!.GetValue<double>());
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Is_tested_as_far_as_it_differs(string row)
    {
        var rules = OpenAiProfiles.Find(row).Request;
        if (rules is null) return;
        var tested = Refusals.Where(one => one.Data.Item1 == row).Select(one => one.Data.Item4).ToHashSet(StringComparer.Ordinal);
        Assert.Equal([], rules.Refused.Concat(rules.ByModel.SelectMany(rule => rule.Refused)).Except(tested));
    }

    /// <summary>Each row: the provider, the model, what the request says, and the parameter that is refused.</summary>
    public static TheoryData<string, string, string, string> Refusals => new()
    {
        { "groq", "sim", "\"n\":2", "n" },
        { "groq", "sim", "\"logprobs\":true", "logprobs" },
        { "groq", "sim", "\"top_logprobs\":2", "top_logprobs" },
        { "groq", "sim", "\"logit_bias\":{\"1\":2}", "logit_bias" },
        { "groq", "llama-3.3-70b-versatile", "\"reasoning_effort\":\"low\"", "reasoning_effort" },
        { "groq", "llama-3.3-70b-versatile", "\"reasoning_format\":\"parsed\"", "reasoning_format" },
        { "groq", "llama-3.3-70b-versatile", "\"include_reasoning\":true", "include_reasoning" },
        { "mistral", "sim", "\"logprobs\":true", "logprobs" },
        { "mistral", "sim", "\"top_logprobs\":2", "top_logprobs" },
        { "mistral", "sim", "\"logit_bias\":{\"1\":2}", "logit_bias" },
        { "mistral", "sim", "\"store\":true", "store" },
        { "mistral", "sim", "\"service_tier\":\"priority\"", "service_tier" },
        { "mistral", "sim", "\"verbosity\":\"low\"", "verbosity" },
        { "xai", "grok-4.5", "\"stop\":[\"x\"]", "stop" },
        { "xai", "grok-4.5", "\"presence_penalty\":1", "presence_penalty" },
        { "xai", "grok-4.5", "\"frequency_penalty\":1", "frequency_penalty" },
        { "xai", "grok-4.20-reasoning", "\"reasoning_effort\":\"low\"", "reasoning_effort" },
        { "deepseek", "sim", "\"seed\":1", "seed" },
        { "deepseek", "sim", "\"n\":2", "n" },
        { "deepseek", "sim", "\"parallel_tool_calls\":false", "parallel_tool_calls" },
        { "deepseek", "sim", "\"logprobs\":true", "logprobs" },
        { "deepseek", "sim", "\"top_logprobs\":1", "top_logprobs" },
        { "cerebras", "sim", "\"frequency_penalty\":1", "frequency_penalty" },
        { "cerebras", "sim", "\"presence_penalty\":1", "presence_penalty" },
        { "cerebras", "sim", "\"logit_bias\":{\"1\":2}", "logit_bias" },
        { "cerebras", "sim", "\"n\":2", "n" },
        { "perplexity", "sim", "\"stop\":\"x\"", "stop" },
        { "perplexity", "sim", "\"seed\":0", "seed" },
        { "perplexity", "sim", "\"n\":2", "n" },
        { "perplexity", "sim", "\"logprobs\":true", "logprobs" },
        { "perplexity", "sim", "\"top_logprobs\":1", "top_logprobs" },
        { "perplexity", "sim", "\"logit_bias\":{\"1\":2}", "logit_bias" },
        { "perplexity", "sim", "\"tools\":" + Tools, "tools" },
        { "perplexity", "sim", "\"tool_choice\":\"required\"", "tool_choice" },
        { "perplexity", "sim", "\"parallel_tool_calls\":false", "parallel_tool_calls" },
        { "ollama", "sim", "\"tool_choice\":\"required\"", "tool_choice" },
        { "ollama", "sim", "\"parallel_tool_calls\":false", "parallel_tool_calls" },
        { "ollama", "sim", "\"n\":2", "n" },
        { "ollama", "sim", "\"logit_bias\":{\"1\":2}", "logit_bias" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_it_does_not_have_is_refused_or_left_out_by_setting_and_told(string row, string model, string member, string param)
    {
        var reply = await SendAsync(row, CallOf(model, member));
        Assert.Equal((FailureKind.Unsupported, 400, param), (reply.Failure!.Kind, reply.Failure.Status, reply.Failure.Param));
        Assert.Contains($"'{row}'", reply.Failure.Message, StringComparison.Ordinal);

        var dropped = await SendAsync(row, CallOf(model, member), drops: true);
        Assert.Equal([param], dropped.Dropped);
        Assert.True(dropped.Failure is null, dropped.Failure?.Message);
        await dropped.Body!.DisposeAsync();
    }

    [Theory]
    [InlineData("groq", "\"n\":1,\"store\":true,\"metadata\":{\"a\":\"b\"},\"logit_bias\":{}")]
    [InlineData("mistral", "\"service_tier\":\"auto\",\"store\":false,\"verbosity\":\"medium\",\"user\":\"u\"")]
    [InlineData("deepseek", "\"n\":1,\"parallel_tool_calls\":true,\"tool_choice\":\"auto\"")]
    [InlineData("cerebras", "\"frequency_penalty\":0,\"presence_penalty\":0.0")]
    [InlineData("ollama", "\"tool_choice\":\"auto\",\"user\":\"u\"")]
    [InlineData("perplexity", "\"tools\":[],\"logprobs\":false,\"stop\":null")]
    public async Task What_says_nothing_is_no_reason_to_refuse(string row, string members) => await SentAsync(row, members);

    [Fact]
    public async Task Mistral_has_names_and_ids_of_its_own()
    {
        var sent = await SentAsync("mistral", $"\"seed\":7,\"messages\":{History}");
        Assert.Equal(7, sent["random_seed"]!.GetValue<int>());
        var messages = sent["messages"]!.AsArray();
        Assert.Equal("system", messages[0]!["role"]!.GetValue<string>());
        var id = messages[2]!["tool_calls"]![0]!["id"]!.GetValue<string>();
        Assert.Equal(id, messages[3]!["tool_call_id"]!.GetValue<string>());

        // Its own go back as they came; different ids stay different.
        sent = await SentAsync("mistral", """
            "messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[
              {"id":"aB3dE6gH9","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"other","type":"function","function":{"name":"f","arguments":"{}"}},
              {"id":"another","type":"function","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"aB3dE6gH9","content":"1"},{"role":"tool","tool_call_id":"other","content":"2"},{"role":"tool","tool_call_id":"another","content":"3"}]
            """);
        var calls = sent["messages"]![1]!["tool_calls"]!.AsArray().Select(call => call!["id"]!.GetValue<string>()).ToArray();
        Assert.Equal("aB3dE6gH9", calls[0]);
        Assert.Equal(3, calls.Distinct().Count());
        Assert.Equal(calls, sent["messages"]!.AsArray().Skip(2).Select(message => message!["tool_call_id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Groq_gets_the_fields_that_it_knows_alone()
    {
        var sent = await SentAsync("groq", $$"""
            "messages":[{"role":"user","content":"a","name":"n","tool_calls":[]},{"role":"assistant","content":"b","reasoning_content":"r"},{"role":"user","content":"c"}]
            """);
        Assert.Equal("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]""", sent["messages"]!.ToJsonString());
    }

    /// <summary>maximhq/bifrost#2093, #5325, #5887: reasoning was lost, or came back under a name that the provider does not read.</summary>
    [Theory]
    [InlineData("deepseek", "reasoning_content", true)]
    [InlineData("cerebras", "reasoning", false)]
    [InlineData("fireworks", "reasoning_content", false)]
    [InlineData("nebius", "reasoning_content", false)]
    [InlineData("sgl", "reasoning_content", false)]
    [InlineData("ollama", "reasoning", false)]
    public async Task Reasoning_goes_back_under_the_name_that_is_read(string row, string field, bool isDue)
    {
        foreach (var name in (string[])["reasoning", "reasoning_content"])
        {
            var sent = await SentAsync(row, $"\"messages\":{History.Replace("\"reasoning\"", $"\"{name}\"", StringComparison.Ordinal)}");
            var messages = sent["messages"]!.AsArray();
            Assert.Equal("hm", messages[2]![field]!.GetValue<string>());
            Assert.Null(messages[2]![field == "reasoning" ? "reasoning_content" : "reasoning"]);
            Assert.Equal(isDue ? "" : null, messages[4]![field]?.GetValue<string>());
            Assert.Null(messages[5]![field]);
        }
    }

    [Fact]
    public async Task DeepSeek_needs_no_reasoning_where_no_tool_was_called()
    {
        var sent = await SentAsync("deepseek", """ "messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]""");
        Assert.Null(sent["messages"]![1]!["reasoning_content"]);
    }

    /// <summary>BerriAI/litellm#37470, mozilla-ai/any-llm#1384: thinking is on unless it is disabled.</summary>
    [Theory]
    [InlineData("\"tool_choice\":\"required\",\"tools\":" + Tools, "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},\"tools\":" + Tools, "tool_choice")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":{}}}", "response_format")]
    [InlineData("\"thinking\":{\"type\":\"disabled\"},\"tool_choice\":\"required\",\"tools\":" + Tools, null)]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", null)]
    public async Task DeepSeek_forces_no_tool_of_a_model_that_thinks_and_binds_no_schema(string members, string? param)
    {
        var reply = await SendAsync("deepseek", CallOf("sim", members), drops: true);
        Assert.Equal(param, reply.Failure?.Param);
        if (reply.Body is { } body) await body.DisposeAsync();
    }

    [Fact]
    public async Task Together_counts_log_probabilities()
    {
        Assert.Equal(3, (await SentAsync("together", "\"logprobs\":true,\"top_logprobs\":3"))["logprobs"]!.GetValue<int>());
        Assert.Equal(1, (await SentAsync("together", "\"logprobs\":true"))["logprobs"]!.GetValue<int>());
        var without = await SentAsync("together", "\"logprobs\":false,\"top_logprobs\":null");
        Assert.Null(without["logprobs"]);
        Assert.False(without.ContainsKey("top_logprobs"));
    }

    [Fact]
    public async Task Fireworks_knows_its_cache_by_the_user_and_efforts_from_low_on()
    {
        var sent = await SentAsync("fireworks", "\"prompt_cache_key\":\"k\",\"reasoning_effort\":\"minimal\"");
        Assert.Equal(("k", "low"), (sent["user"]!.GetValue<string>(), sent["reasoning_effort"]!.GetValue<string>()));
        sent = await SentAsync("fireworks", "\"prompt_cache_key\":\"k\",\"user\":\"u\",\"reasoning_effort\":\"none\",\"prediction\":{\"type\":\"content\",\"content\":\"x\"}");
        Assert.Equal(("u", "none"), (sent["user"]!.GetValue<string>(), sent["reasoning_effort"]!.GetValue<string>()));
        Assert.NotNull(sent["prediction"]);
    }

    [Theory]
    [InlineData("xai", "grok-4-1-fast-non-reasoning", "\"stop\":[\"x\"]")]
    [InlineData("xai", "grok-4.20-multi-agent", "\"reasoning_effort\":\"low\"")]
    [InlineData("groq", "openai/gpt-oss-120b", "\"reasoning_effort\":\"low\"")]
    [InlineData("groq", "qwen/qwen3-32b", "\"reasoning_effort\":\"none\"")]
    public async Task Models_that_have_it_get_it(string row, string model, string member) =>
        Assert.NotEqual(FailureKind.Unsupported, (await SendAsync(row, CallOf(model, member))).Failure?.Kind);

    /// <summary>What nothing has to be changed in goes up byte for byte.</summary>
    [Fact]
    public async Task A_request_that_is_right_as_it_is_stays_as_it_is()
    {
        const string body = """{ "model" : "sim", "messages":[ {"role":"user","content":"\u00e4"} ], "x_own": 1.50 }""";
        foreach (var row in Family.Names)
        {
            var call = Tries.Call("sim") with { Body = Encoding.UTF8.GetBytes(body) };
            var reply = await SendAsync(row, call);
            Assert.True(reply.Failure is null, $"{row}: {reply.Failure?.Message}");
            await reply.Body!.DisposeAsync();
            Assert.Equal(body, (await simulator.ReceivedAsync(call.AttemptId)).Body);
            Assert.True(reply.SentBody.IsEmpty);
        }
    }

    private static ProviderCall CallOf(string model, string members, bool stream = false)
    {
        var messages = members.Contains("\"messages\"", StringComparison.Ordinal) ? "" : ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
        return Tries.Call(model, stream) with
        {
            Body = Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},{{members}}{{messages}}}"""),
        };
    }

    private Task<ProviderReply> SendAsync(string row, ProviderCall call, bool drops = false)
    {
        var path = new Uri(OpenAiProfiles.Find(row).BaseUrl!).AbsolutePath.TrimEnd('/');
        var provider = new Provider { Name = row, BaseUrl = new Uri(simulator.Address, $"/as/{row}{path}"), DropsUnsupported = drops };
        return Tries.Dialect.SendAsync(Tries.Target(provider, OpenAiProfiles.Find(row).NeedsKey ? "k" : null), call).InTimeAsync();
    }

    private async Task<JsonObject> SentAsync(string row, string members, bool stream = false)
    {
        var call = CallOf("sim", members.Trim(), stream);
        var reply = await SendAsync(row, call);
        Assert.True(reply.Failure is null, $"{row}: {reply.Failure?.Message}");
        await reply.Body!.DisposeAsync();
        Assert.Empty(reply.Dropped);
        return JsonNode.Parse((await simulator.ReceivedAsync(call.AttemptId)).Body)!.AsObject();
    }
}
