using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Responses;

/// <summary>What the upstream receives; it refuses what the documented schema of responses does not allow.</summary>
public class RequestTests(SimulatorFixture simulator)
{
    private const string Model = "gpt-6.2-sol";

    [Fact]
    public async Task A_conversation_becomes_items_in_their_order() => await IsAsync(
        """
        "messages":[{"role":"system","content":"S"},{"role":"developer","content":[{"type":"text","text":"D"}]},{"role":"user","content":"Hi","name":"n"},
          {"role":"assistant","content":"Yes?","refusal":null},{"role":"user","content":""},{"role":"assistant","content":null,"refusal":"No."},{"role":"user","content":"Go"}]
        """,
        "input",
        """
        [{"type":"message","role":"system","content":[{"type":"input_text","text":"S"}]},{"type":"message","role":"developer","content":[{"type":"input_text","text":"D"}]},
         {"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"Yes?"}]},
         {"type":"message","role":"user","content":[{"type":"input_text","text":""}]},{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]},
         {"type":"message","role":"user","content":[{"type":"input_text","text":"Go"}]}]
        """);

    [Fact]
    public async Task Parts_become_parts_of_input() => await IsAsync(
        """
        "messages":[{"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},{"type":"image_url","image_url":{"url":"https://e.example/a.png","detail":"low"}},
          {"type":"image_url","image_url":"data:image/png;base64,AA=="},{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},
          {"type":"file","file":{"filename":"f.pdf","file_data":"data:application/pdf;base64,AA=="}},{"type":"file","file":{"file_id":"file-1"}}]}]
        """,
        "input",
        """
        [{"type":"message","role":"user","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}},{"type":"input_image","image_url":"https://e.example/a.png","detail":"low"},
          {"type":"input_image","image_url":"data:image/png;base64,AA=="},{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},
          {"type":"input_file","filename":"f.pdf","file_data":"data:application/pdf;base64,AA=="},{"type":"input_file","file_id":"file-1"}]}]
        """);

    /// <summary>BerriAI/litellm#12432, #40654, Wei-Shaw/sub2api#6632: reasoning was lost between calls of tools, or became text.</summary>
    [Fact]
    public async Task Reasoning_goes_back_directly_before_what_it_led_to() => await IsAsync(
        """
        "messages":[{"role":"user","content":"a"},
          {"role":"assistant","content":null,"reasoning":"hm","reasoning_details":[{"type":"reasoning.encrypted","id":"rs_1","data":"BBBB","format":"openai-responses-v1","index":0},
            {"type":"reasoning.text","text":"of another","signature":"x","format":"anthropic-claude-v1"},{"type":"reasoning.encrypted","id":"rs_2","format":"openai-responses-v1"}],
           "tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"call_2","type":"custom","custom":{"name":"g","input":"x"}}]},
          {"role":"tool","tool_call_id":"call_1","content":"1"},{"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"2"}]},
          {"role":"assistant","content":null,"reasoning_details":[{"type":"reasoning.encrypted","id":"rs_3","data":"C","format":"openai-responses-v1"}]},{"role":"user","content":"b"}]
        """,
        "input",
        """
        [{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"reasoning","summary":[],"id":"rs_1","encrypted_content":"BBBB"},
         {"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}"},{"type":"custom_tool_call","call_id":"call_2","name":"g","input":"x"},
         {"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"function_call_output","call_id":"call_2","output":[{"type":"input_text","text":"2"}]},
         {"type":"message","role":"user","content":[{"type":"input_text","text":"b"}]}]
        """);

    [Fact]
    public async Task Tools_are_flat_and_say_whether_they_are_strict() => await IsAsync(
        """
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},{"type":"function","function":{"name":"g"}},
          {"type":"custom","custom":{"name":"h","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}]
        """,
        "tools",
        """
        [{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
         {"type":"function","name":"g","parameters":{"type":"object","properties":{}},"strict":false},{"type":"custom","name":"h","format":{"type":"grammar","syntax":"lark","definition":"x"}}]
        """);

    [Theory]
    [InlineData("\"required\"", "\"required\"")]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", """{"type":"function","name":"f"}""")]
    [InlineData("""{"type":"custom","custom":{"name":"f"}}""", """{"type":"custom","name":"f"}""")]
    [InlineData(
        """{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}""",
        """{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}""")]
    public async Task The_choice_of_a_tool_names_it(string choice, string expected) => await IsAsync(
        $$$"""
        "tool_choice":{{{choice}}},"tools":[{"type":"function","function":{"name":"f"}}]
        """,
        "tool_choice",
        expected);

    [Theory]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}""", """{"type":"json_schema","name":"n","strict":true,"schema":{"type":"object"}}""")]
    [InlineData("""{"type":"json_object"}""", """{"type":"json_object"}""")]
    public async Task The_form_of_the_answer_is_flat(string format, string expected)
    {
        await IsAsync($"\"response_format\":{format}", "text", $$"""{"format":{{expected}} }""");
        await IsAsync($"\"response_format\":{format},\"verbosity\":\"low\"", "text", $$"""{"format":{{expected}},"verbosity":"low"}""");
        await IsAsync("\"verbosity\":\"low\"", "text", """{"verbosity":"low"}""");
    }

    [Fact]
    public async Task Parameters_keep_their_meaning()
    {
        var sent = await Responder.SentAsync(simulator, Responder.Call(Model, """
            "max_completion_tokens":50,"reasoning_effort":"high","temperature":0.5,"top_p":0.9,"parallel_tool_calls":false,"metadata":{"a":"b"},"service_tier":"flex","user":"u",
            "safety_identifier":"s","prompt_cache_key":"k","logprobs":true,"top_logprobs":2,"n":1,"stream_options":{"include_usage":true},"frequency_penalty":0,"logit_bias":{},"stop":null
            """));
        foreach (var (name, value) in ((string, string)[])
            [("model", "\"gpt-6.2-sol\""), ("max_output_tokens", "50"), ("reasoning", """{"effort":"high","summary":"auto"}"""), ("temperature", "0.5"), ("top_p", "0.9"),
             ("parallel_tool_calls", "false"), ("metadata", """{"a":"b"}"""), ("service_tier", "\"flex\""), ("user", "\"u\""), ("safety_identifier", "\"s\""),
             ("prompt_cache_key", "\"k\""), ("top_logprobs", "2"), ("store", "false"), ("include", """["reasoning.encrypted_content","message.output_text.logprobs"]""")])
            Assert.Equal(value, sent[name]!.ToJsonString());
        await IsAsync("\"reasoning_effort\":\"none\"", "reasoning", """{"effort":"none"}""");
    }

    [Fact]
    public async Task What_is_to_be_stored_is()
    {
        var sent = await Responder.SentAsync(simulator, Responder.Call(Model, "\"store\":true"));
        Assert.Null(sent["store"]);
    }

    [Fact]
    public async Task What_admission_has_changed_is_sent()
    {
        var call = Responder.Call(Model, "\"max_tokens\":500") with { OutputTokensMax = 100 };
        var at = Encoding.UTF8.GetString(call.Body.Span).IndexOf("500", StringComparison.Ordinal);
        call = call with { Edits = [new Edit(1, 0, "\"service_tier\":\"default\","u8.ToArray()), new Edit(at, 3, "200"u8.ToArray())] };
        var sent = await Responder.SentAsync(simulator, call);
        Assert.Equal(("default", 100), (sent["service_tier"]!.GetValue<string>(), sent["max_output_tokens"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"stop\":[\"x\"]", "stop")]
    [InlineData("\"seed\":1", "seed")]
    [InlineData("\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("\"frequency_penalty\":1", "frequency_penalty")]
    [InlineData("\"presence_penalty\":1", "presence_penalty")]
    [InlineData("\"prediction\":{\"type\":\"content\",\"content\":\"x\"}", "prediction")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"low\"}", "web_search_options")]
    [InlineData("\"functions\":[{\"name\":\"f\"}]", "functions")]
    public async Task What_has_no_equivalent_is_refused_or_left_out_by_setting_and_told(string member, string param)
    {
        var refused = await Responder.SendAsync(simulator.Address, Responder.Call(Model, member));
        Assert.Equal((FailureKind.Unsupported, param), (refused.Failure!.Kind, refused.Failure.Param));
        var dropped = await Responder.SendAsync(simulator.Address, Responder.Call(Model, member), drops: true);
        Assert.True(dropped.Failure is null, dropped.Failure?.Message);
        Assert.Equal([param], dropped.Dropped);
        await dropped.Body!.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"role":"function","name":"f","content":"1"}""")]
    [InlineData("""{"role":"user","content":[{"type":"video_url","video_url":{"url":"x"}}]}""")]
    [InlineData("""{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}}""")]
    public async Task What_cannot_be_left_out_is_refused(string message)
    {
        var reply = await Responder.SendAsync(simulator.Address, Responder.Call(Model, $"\"messages\":[{message}]"), drops: true);
        Assert.Equal((FailureKind.Unsupported, "messages"), (reply.Failure!.Kind, reply.Failure.Param));
    }

    private async Task IsAsync(string members, string name, string expected)
    {
        var sent = await Responder.SentAsync(simulator, Responder.Call(Model, members.Trim()));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), sent[name]), $"{expected}\nwas expected, and is\n{sent[name]?.ToJsonString()}");
    }
}
