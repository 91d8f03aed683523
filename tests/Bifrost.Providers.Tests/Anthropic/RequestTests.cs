using System.Text.Json.Nodes;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Anthropic;

/// <summary>What goes up. The scripted upstream refuses what the documented schema does not allow, so each of these is checked to the byte.</summary>
public class RequestTests(SimulatorFixture simulator)
{
    private const string Image = "data:image/png;base64,iVBORw0KGgo=";

    [Theory]
    [InlineData("claude-opus-5-5", "", """{"model":"claude-opus-5-5","max_tokens":128000,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""")]
    [InlineData("claude-sonnet-4-5-20250929", "", """{"model":"claude-sonnet-4-5-20250929","max_tokens":64000,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""")]
    [InlineData("claude-3-5-haiku-20241022", "", """{"model":"claude-3-5-haiku-20241022","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""")]
    [InlineData("claude-haiku-4-5", "\"max_tokens\":7,\"max_completion_tokens\":9,\"temperature\":0.2,\"top_k\":5,\"stop\":\"end\",\"user\":\"u1\"",
        """{"model":"claude-haiku-4-5","max_tokens":9,"temperature":0.2,"top_k":5,"stop_sequences":["end"],"metadata":{"user_id":"u1"},"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""")]
    [InlineData("claude-haiku-4-5", "\"max_tokens\":900000,\"stop\":[\"a\",\"b\"],\"service_tier\":\"default\",\"n\":1,\"logprobs\":false,\"presence_penalty\":0,\"seed\":null,\"top_p\":0.5",
        """{"model":"claude-haiku-4-5","max_tokens":64000,"top_p":0.5,"stop_sequences":["a","b"],"service_tier":"standard_only","messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""")]
    [InlineData("claude-haiku-4-5", "\"max_tokens\":5,\"temperature\":1,\"top_p\":1,\"safety_identifier\":\"s\",\"store\":false,\"cache_control\":{\"type\":\"ephemeral\"}",
        """{"model":"claude-haiku-4-5","max_tokens":5,"metadata":{"user_id":"s"},"cache_control":{"type":"ephemeral"},"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}""")]
    public async Task Parameters(string model, string members, string expected) => await SendsAsync(model, members, expected);

    [Theory]
    [InlineData(
        """[{"role":"system","content":"A"},{"role":"user","content":"hi"},{"role":"developer","content":[{"type":"text","text":"B","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":" "}]},{"role":"user","content":"there"}]""",
        """[{"type":"text","text":"A"},{"type":"text","text":"B","cache_control":{"type":"ephemeral","ttl":"1h"}}]""",
        """[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"there"}]}]""")]
    [InlineData("""[{"role":"system","content":"A"}]""", """[{"type":"text","text":"A"}]""", """[{"role":"user","content":[{"type":"text","text":"Continue."}]}]""")]
    [InlineData(
        """[{"role":"assistant","content":"I"},{"role":"user","content":"and?"}]""", null,
        """[{"role":"user","content":[{"type":"text","text":"Continue."}]},{"role":"assistant","content":[{"type":"text","text":"I"}]},{"role":"user","content":[{"type":"text","text":"and?"}]}]""")]
    [InlineData(
        """[{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"\n"},{"type":"text","text":"b"}]}]""", null,
        """[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]""")]
    [InlineData("""[{"role":"user","content":"q"},{"role":"assistant","content":"begun \n "}]""", null,
        """[{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":[{"type":"text","text":"begun"}]}]""")]
    public async Task Instructions_and_turns(string messages, string? system, string expected)
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", $"\"messages\":{messages}"));
        Same(system, sent["system"]);
        Same(expected, sent["messages"]);
    }

    [Theory]
    [InlineData($$$"""{"type":"image_url","image_url":{"url":"{{{Image}}}","detail":"low"}}""", """{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image\/jpg;base64,AA\/A"}}""", """{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA/A"}}""")]
    [InlineData("""{"type":"image_url","image_url":"https://example.com/a.png"}""", """{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"http:\/\/example.com/a.png"},"cache_control":{"type":"ephemeral"}}""",
        """{"type":"image","source":{"type":"url","url":"http://example.com/a.png"},"cache_control":{"type":"ephemeral"}}""")]
    [InlineData("""{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="},"citations":{"enabled":true},"context":"c"}""",
        """{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="},"title":"a.pdf","context":"c","citations":{"enabled":true}}""")]
    [InlineData("""{"type":"file","file":{"file_data":"https://example.com/a.pdf"}}""", """{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}""")]
    [InlineData("""{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,R3LDvMOfZQ=="}}""",
        """{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Grüße"},"title":"a.txt"}""")]
    [InlineData("""{"type":"file","file":{"file_id":"file_1"}}""", """{"type":"document","source":{"type":"file","file_id":"file_1"}}""")]
    [InlineData("""{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"t"}""",
        """{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"t"}""")]
    public async Task Parts(string part, string expected)
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", $$"""
            "messages":[{"role":"user","content":[{"type":"text","text":"see"},{{part}}]}]
            """));
        Same(expected, sent["messages"]![0]!["content"]![1]);
    }

    /// <summary>Results came behind texts, one a message, and calls went up under ids that are refused.</summary>
    [Fact]
    public async Task Results_of_tools_come_first_in_one_turn()
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", """
            "tools":[{"type":"function","function":{"name":"f"}}],
            "messages":[{"role":"user","content":"go"},
             {"role":"assistant","content":"","tool_calls":[{"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\u00fc\"}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":""}},{"id":"c3","type":"function","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"functions.f:0","content":"one"},
             {"role":"user","content":"and?"},
             {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lG"}}]},
             {"role":"tool","tool_call_id":"c3","content":""}]
            """));
        var id = sent["messages"]![1]!["content"]![0]!["id"]!.GetValue<string>();
        Assert.StartsWith("functions_f_0_", id, StringComparison.Ordinal);
        Same($$$"""
            [{"role":"user","content":[{"type":"text","text":"go"}]},
             {"role":"assistant","content":[{"type":"tool_use","id":"{{{id}}}","name":"f","input":{"a":"ü"}},{"type":"tool_use","id":"c2","name":"f","input":{}},{"type":"tool_use","id":"c3","name":"f","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"{{{id}}}","content":"one"},
              {"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"two"},{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"R0lG"}}]},
              {"type":"tool_result","tool_use_id":"c3"},{"type":"text","text":"and?"}]}]
            """, sent["messages"]);
    }

    /// <summary>Tools without parameters, with strict and with nested schemas each made whole requests fail.</summary>
    [Fact]
    public async Task Tools()
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", """
            "tools":[{"type":"function","function":{"name":"a"}},
             {"type":"function","function":{"name":"b","description":"d","parameters":{"properties":{}}},"cache_control":{"type":"ephemeral"}},
             {"type":"function","function":{"name":"c","strict":false,"parameters":{"type":"object","properties":{"x":{"anyOf":[{"type":"string","pattern":"^a"},{"type":"null"}]}}}}},
             {"type":"function","function":{"name":"d","strict":true,"parameters":{"$schema":"s","type":"object","properties":{"n":{"type":"integer","minimum":1,"description":"N"},"o":{"type":"object","properties":{}}},"required":["n"]}}},
             {"type":"web_search_20250305","name":"web_search","max_uses":2}],
            "parallel_tool_calls":false
            """));
        Same("""
            [{"name":"a","input_schema":{"type":"object","properties":{}}},
             {"name":"b","description":"d","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}},
             {"name":"c","input_schema":{"type":"object","properties":{"x":{"anyOf":[{"type":"string","pattern":"^a"},{"type":"null"}]}}}},
             {"name":"d","input_schema":{"type":"object","properties":{"n":{"type":"integer","description":"N\n\n{minimum: 1}"},"o":{"type":"object","properties":{},"additionalProperties":false}},"required":["n"],"additionalProperties":false},"strict":true},
             {"type":"web_search_20250305","name":"web_search","max_uses":2}]
            """, sent["tools"]);
        Same("""{"type":"auto","disable_parallel_tool_use":true}""", sent["tool_choice"]);
    }

    [Theory]
    [InlineData("\"auto\"", """{"type":"auto"}""")]
    [InlineData("\"none\"", """{"type":"none"}""")]
    [InlineData("\"required\"", """{"type":"any"}""")]
    [InlineData("""{"type":"function","function":{"name":"g"}}""", """{"type":"tool","name":"g"}""")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}}""", """{"type":"any"}""")]
    public async Task Choice_of_tools(string choice, string expected)
    {
        const string tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]";
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", $"{tools},\"tool_choice\":{choice}"));
        Same(expected, sent["tool_choice"]);
        Assert.Equal(choice.Contains("allowed", StringComparison.Ordinal) ? 1 : 2, sent["tools"]!.AsArray().Count);
        Assert.Null((await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", $"\"tools\":[],\"tool_choice\":{choice}")))["tool_choice"]);
    }

    [Theory]
    [InlineData("claude-haiku-4-5", "minimal", """{"type":"enabled","budget_tokens":1280}""", null)]
    [InlineData("claude-haiku-4-5", "high", """{"type":"enabled","budget_tokens":38400}""", null)]
    [InlineData("claude-haiku-4-5", "none", null, null)]
    [InlineData("claude-opus-4-6", "xhigh", """{"type":"adaptive","display":"summarized"}""", "max")]
    [InlineData("claude-opus-4-7", "xhigh", """{"type":"adaptive","display":"summarized"}""", "xhigh")]
    [InlineData("claude-opus-4-8", "none", null, null)]
    [InlineData("claude-opus-5", "none", """{"type":"disabled"}""", null)]
    [InlineData("claude-opus-5-5", "none", """{"type":"adaptive","display":"summarized"}""", "low")]
    [InlineData("claude-sonnet-5-5", "none", """{"type":"between_tools"}""", null)]
    [InlineData("claude-haiku-5-5", "none", """{"type":"disabled"}""", null)]
    [InlineData("claude-fable-5-1", "minimal", """{"type":"adaptive","display":"summarized"}""", "low")]
    [InlineData("claude-fable-6", "max", """{"type":"adaptive","display":"summarized"}""", "max")]
    public async Task Effort_is_told_as_the_model_takes_it(string model, string effort, string? thinking, string? level)
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call(model, $"\"reasoning_effort\":\"{effort}\""));
        Same(thinking, sent["thinking"]);
        Assert.Equal(level, sent["output_config"]?["effort"]?.GetValue<string>());
    }

    /// <summary>A gateway thought for callers who had not asked for it, and forced tools were refused beside it.</summary>
    [Theory]
    [InlineData("claude-haiku-4-5")]
    [InlineData("claude-opus-5-5")]
    public async Task Nobody_thinks_unasked(string model)
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call(model));
        Assert.Null(sent["thinking"]);
        Assert.Null(sent["output_config"]);
    }

    [Fact]
    public async Task Thinking_in_the_providers_own_words_goes_through()
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", "\"max_tokens\":4000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}"));
        Same("""{"type":"enabled","budget_tokens":2000}""", sent["thinking"]);
    }

    /// <summary>Signatures were lost on their way back, and the next turn was refused.</summary>
    [Fact]
    public async Task Thinking_goes_back_byte_for_byte_before_the_call_it_led_to()
    {
        const string details = """
            [{"type":"reasoning.encrypted","data":"T1BFTkFJ","format":"openai-responses-v1","index":0},
             {"type":"reasoning.text","text":"other","signature":"zz","format":"google-gemini-v1"},
             {"type":"reasoning.text","text":"unsigned"},
             {"type":"reasoning.text","text":"so \u00fc\n","format":"anthropic-claude-v1","index":0},
             {"type":"reasoning.text","signature":"c2ln+/==","format":"anthropic-claude-v1","index":0},
             {"type":"reasoning.encrypted","data":"RUJD","format":"anthropic-claude-v1","index":1}]
            """;
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-opus-5-5", $$$"""
            "tools":[{"type":"function","function":{"name":"f"}}],
            "messages":[{"role":"user","content":"go"},
             {"role":"assistant","content":"I will.","reasoning":"so","reasoning_details":{{{details}}},"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c","content":"r"}]
            """));
        Same("""
            [{"type":"thinking","thinking":"so ü\n","signature":"c2ln+/=="},{"type":"redacted_thinking","data":"RUJD"},{"type":"text","text":"I will."},{"type":"tool_use","id":"c","name":"f","input":{}}]
            """, sent["messages"]![1]!["content"]);
    }

    /// <summary>A model that takes its own thinking alone refuses that of another one.</summary>
    [Theory]
    [InlineData("claude-opus-5-5", "claude-sonnet-5-5", false)]
    [InlineData("claude-opus-5-5", "claude-opus-5-5-20260922", true)]
    [InlineData("claude-opus-4-8", "claude-sonnet-4-6", true)]
    public async Task Thinking_of_another_model_is_left_out_where_it_is_refused(string model, string from, bool stays)
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call(model, $$$"""
            "messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_details":[{"type":"reasoning.text","text":"t","signature":"s","format":"anthropic-claude-v1","model":"{{{from}}}"}]},{"role":"user","content":"b"}]
            """));
        Assert.Equal(stays ? "thinking" : "text", sent["messages"]![1]!["content"]![0]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answer_of_a_schema_is_bound_to_it()
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", """
            "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":
             {"type":"object","description":"D","properties":{"a":{"type":"array","items":{"oneOf":[{"type":"string","format":"email","maxLength":5},{"$ref":"#/$defs/o"}]},"minItems":1,"maxItems":3},"d":{"type":"string","format":"color"}},
              "$defs":{"o":{"type":["object","null"],"additionalProperties":true,"properties":{"q":{"type":"number","multipleOf":2}}}},"required":["a"]}}}
            """));
        Same("""
            {"format":{"type":"json_schema","schema":{"type":"object","properties":{
              "a":{"type":"array","items":{"anyOf":[{"type":"string","format":"email","description":"{maxLength: 5}"},{"$ref":"#/$defs/o"}]},"minItems":1,"description":"{maxItems: 3}"},
              "d":{"type":"string","description":"{format: \"color\"}"}},
             "$defs":{"o":{"type":["object","null"],"properties":{"q":{"type":"number","description":"{multipleOf: 2}"}},"additionalProperties":false}},
             "required":["a"],"additionalProperties":false,"description":"D"}}}
            """, sent["output_config"]);
    }

    [Fact]
    public async Task An_answer_of_any_JSON_is_asked_for_in_words()
    {
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", "\"response_format\":{\"type\":\"json_object\"}"));
        Same("""[{"type":"text","text":"Answer with one JSON object and nothing else."}]""", sent["system"]);
        Assert.Null((await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", "\"response_format\":{\"type\":\"text\"}")))["system"]);
    }

    /// <summary>A breakpoint on each of many results was refused: a request has four at most.</summary>
    [Fact]
    public async Task Of_many_cache_breakpoints_the_last_four_are_kept()
    {
        var parts = string.Join(",", Enumerable.Range(0, 6).Select(i => $$$"""{"type":"text","text":"p{{{i}}}","cache_control":{"type":"ephemeral"}}"""));
        var sent = await Claude.SentAsync(simulator, Claude.Call("claude-haiku-4-5", $$"""
            "messages":[{"role":"user","content":[{{parts}}]}]
            """));
        Assert.Equal([false, false, true, true, true, true], sent["messages"]![0]!["content"]!.AsArray().Select(part => part!["cache_control"] is not null));
    }

    [Fact]
    public async Task Headers()
    {
        var call = Claude.Call("claude-haiku-4-5", """
            "messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}]
            """) with
        {
            Headers = [new("openai-organization", "org"), new("traceparent", "00-1-2-01"), new("x-bf-eh-anthropic-beta", "mine-1")],
        };
        var reply = await Claude.SendAsync(simulator.Address, call);
        await reply.Body!.DisposeAsync();
        var headers = (await simulator.ReceivedAsync(call.AttemptId)).Headers;
        Assert.Equal(
            ["anthropic-beta", "anthropic-version", "content-length", "content-type", "host", "traceparent", "x-api-key", "x-client-request-id"],
            headers.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal(("secret-of-provider", "2023-06-01", "mine-1,files-api-2025-04-14"), (headers["x-api-key"], headers["anthropic-version"], headers["anthropic-beta"]));
    }

    private async Task SendsAsync(string model, string members, string expected) =>
        Same(expected, await Claude.SentAsync(simulator, Claude.Call(model, members)));

    private static void Same(string? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected is null ? null : JsonNode.Parse(expected), actual), $"{actual?.ToJsonString()}\nis not\n{expected}");
}
