using System.Text.Json.Nodes;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Gemini;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Gemini;

/// <summary>What goes up. The scripted upstream refuses what the documented schema does not allow, so each of these is checked to the byte.</summary>
public class RequestTests(SimulatorFixture simulator)
{
    private const string Hello = """
        "contents":[{"role":"user","parts":[{"text":"Hello"}]}]
        """;

    private const string Tool = """
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}]
        """;

    private const string SentTool = """
        "tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"q":{"type":"string"}}}}]}]
        """;

    [Theory]
    [InlineData("gemini-2.5-flash", "", "{}")]
    [InlineData("gemini-2.5-flash", "\"max_tokens\":7,\"max_completion_tokens\":9,\"temperature\":0.2,\"top_p\":0.5,\"top_k\":5,\"stop\":\"end\",\"seed\":-3,\"n\":2,\"user\":\"u1\",\"store\":false",
        """{"maxOutputTokens":9,"temperature":0.2,"topP":0.5,"topK":5,"candidateCount":2,"stopSequences":["end"],"seed":-3}""")]
    [InlineData("gemini-2.5-flash", "\"max_tokens\":900000,\"stop\":[\"a\",\" \"],\"n\":1,\"presence_penalty\":0,\"parallel_tool_calls\":true,\"modalities\":[\"text\"]", """{"maxOutputTokens":65536,"stopSequences":["a"," "]}""")]
    [InlineData("gemini-2.0-flash", "\"frequency_penalty\":0.5,\"presence_penalty\":-2,\"max_tokens\":9000", """{"maxOutputTokens":8192,"frequencyPenalty":0.5,"presencePenalty":-2}""")]
    [InlineData("gemini-2.5-flash", "\"logprobs\":true,\"top_logprobs\":3", """{"responseLogprobs":true,"logprobs":3}""")]
    [InlineData("gemini-2.5-flash", "\"logprobs\":false,\"top_logprobs\":0", "{}")]
    [InlineData("gemini-3-flash-preview", "\"modalities\":[\"text\",\"image\"]", """{"responseModalities":["TEXT","IMAGE"]}""")]
    [InlineData("gemini-2.5-flash-preview-tts", "\"modalities\":[\"audio\"],\"audio\":{\"voice\":\"Kore\",\"format\":\"pcm16\"}",
        """{"responseModalities":["AUDIO"],"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}}}""")]
    public async Task Parameters(string model, string members, string expected) =>
        Same($$"""{ {{Hello}},"generationConfig":{{expected}}}""", await Gem.SentAsync(simulator, Gem.Call(model, members)));

    [Theory]
    [InlineData("default", "standard")]
    [InlineData("flex", "flex")]
    [InlineData("priority", "priority")]
    [InlineData("auto", null)]
    public async Task Tiers(string tier, string? expected) =>
        Assert.Equal(expected, (await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", $"\"service_tier\":\"{tier}\"")))["serviceTier"]?.GetValue<string>());

    [Fact]
    public async Task Fields_of_the_providers_own_go_through()
    {
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", """
            "safety_settings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],"cached_content":"cachedContents/c1"
            """));
        Same("""[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]""", sent["safetySettings"]);
        Assert.Equal("cachedContents/c1", sent["cachedContent"]!.GetValue<string>());
    }

    /// <summary>A level where a budget is due, both at once, and "none" as a level that the model does not have were each a 400.</summary>
    [Theory]
    [InlineData("gemini-2.5-pro", "none", """{"thinkingBudget":128}""")]
    [InlineData("gemini-2.5-pro", "xhigh", """{"includeThoughts":true,"thinkingBudget":32768}""")]
    [InlineData("gemini-2.5-flash", "none", """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-flash", "minimal", """{"includeThoughts":true,"thinkingBudget":1024}""")]
    [InlineData("gemini-2.5-flash-preview-09-2025", "medium", """{"includeThoughts":true,"thinkingBudget":8192}""")]
    [InlineData("gemini-2.5-flash", "max", """{"includeThoughts":true,"thinkingBudget":24576}""")]
    [InlineData("models/gemini-2.5-flash-lite", "high", """{"includeThoughts":true,"thinkingBudget":24576}""")]
    [InlineData("gemini-3-pro-preview", "medium", """{"includeThoughts":true,"thinkingLevel":"HIGH"}""")]
    [InlineData("gemini-3.1-pro-preview", "none", """{"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-3.1-pro-preview", "medium", """{"includeThoughts":true,"thinkingLevel":"MEDIUM"}""")]
    [InlineData("gemini-3-flash-preview", "none", """{"thinkingLevel":"MINIMAL"}""")]
    [InlineData("gemini-3.1-flash-lite", "low", """{"includeThoughts":true,"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-3.7-flash", "minimal", """{"includeThoughts":true,"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-flash-latest", "none", """{"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-4-argon", "none", """{"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-4-argon", "xhigh", """{"includeThoughts":true,"thinkingLevel":"HIGH"}""")]
    [InlineData("gemini-4-neon", "max", """{"includeThoughts":true,"thinkingLevel":"XHIGH"}""")]
    [InlineData("gemma-4-27b-it", "low", """{"includeThoughts":true,"thinkingLevel":"MINIMAL"}""")]
    [InlineData("gemma-4-27b-it", "medium", """{"includeThoughts":true,"thinkingLevel":"HIGH"}""")]
    [InlineData("gemini-2.0-flash", "none", null)]
    public async Task Effort_is_told_as_the_model_takes_it(string model, string effort, string? expected) =>
        Same(expected, (await Gem.SentAsync(simulator, Gem.Call(model, $"\"reasoning_effort\":\"{effort}\"")))["generationConfig"]!["thinkingConfig"]);

    [Theory]
    [InlineData("gemini-2.5-pro")]
    [InlineData("gemini-3-flash-preview")]
    [InlineData("gemini-4-neon")]
    [InlineData("gemini-unheard-of")]
    public async Task Nobody_thinks_unasked(string model) => Same("{}", (await Gem.SentAsync(simulator, Gem.Call(model)))["generationConfig"]);

    [Fact]
    public async Task Instructions_and_turns()
    {
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", """
            "messages":[{"role":"assistant","content":"Hi."},{"role":"system","content":"Be brief."},{"role":"user","content":"a"},{"role":"user","content":["b",{"type":"text","text":""}]},
              {"role":"developer","content":[{"type":"text","text":"In rhyme."},{"type":"text","text":""}]},{"role":"assistant","content":""},{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"role":"user","content":{"type":"text","text":"c"}}]
            """));
        Same("""{"parts":[{"text":"Be brief."},{"text":"In rhyme."}]}""", sent["systemInstruction"]);
        Same(
            """
            [{"role":"user","parts":[{"text":"Continue."}]},{"role":"model","parts":[{"text":"Hi."}]},{"role":"user","parts":[{"text":"a"},{"text":"b"}]},
             {"role":"model","parts":[{"text":"No."}]},{"role":"user","parts":[{"text":"c"}]}]
            """,
            sent["contents"]);
        var only = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", "\"messages\":[{\"role\":\"system\",\"content\":\"s\"}]"));
        Same("""[{"role":"user","parts":[{"text":"Continue."}]}]""", only["contents"]);
        var gemma = await Gem.SentAsync(simulator, Gem.Call("gemma-3-27b-it", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"system\",\"content\":\"s\"}]"));
        Same("""[{"role":"user","parts":[{"text":"s"},{"text":"q"}]}]""", gemma["contents"]);
        Assert.Null(gemma["systemInstruction"]);
    }

    [Fact]
    public async Task Parts()
    {
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-3-flash-preview", """
            "messages":[{"role":"user","content":[{"type":"text","text":"see"},
              {"type":"image_url","image_url":{"url":"data:image\/jpg;base64,\/9j\/","detail":"low"}},{"type":"image_url","image_url":"data:image/webp;base64,AAAA"},
              {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERg=="}},{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}},
              {"type":"file","file":{"file_data":"data:text/csv;charset=utf-8;base64,AAAA"}},{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"}},
              {"type":"file","file":{"file_id":"files/f1"}},{"type":"file","file":{"file_url":"https://www.youtube.com/watch?v=x"}}]}]
            """));
        Same(
            """
            [{"text":"see"},{"inlineData":{"mimeType":"image/jpeg","data":"/9j/"},"mediaResolution":{"level":"MEDIA_RESOLUTION_LOW"}},
             {"inlineData":{"mimeType":"image/webp","data":"AAAA"}},{"inlineData":{"mimeType":"application/pdf","data":"JVBERg=="}},
             {"inlineData":{"mimeType":"audio/mp3","data":"AAAA"}},{"inlineData":{"mimeType":"text/csv","data":"AAAA"}},{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}},
             {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/f1"}},{"fileData":{"fileUri":"https://www.youtube.com/watch?v=x"}}]
            """,
            sent["contents"]![0]!["parts"]);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(",\"tool_choice\":\"auto\"", null)]
    [InlineData(",\"tool_choice\":\"none\"", """{"functionCallingConfig":{"mode":"NONE"}}""")]
    [InlineData(",\"tool_choice\":\"required\"", """{"functionCallingConfig":{"mode":"ANY"}}""")]
    [InlineData(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", """{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}""")]
    [InlineData(",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}", """{"functionCallingConfig":{"mode":"VALIDATED","allowedFunctionNames":["f"]}}""")]
    [InlineData(",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}", """{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}""")]
    public async Task Choice_of_tools(string choice, string? expected)
    {
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", Tool + choice));
        Same($$"""{ {{SentTool}} }""", new JsonObject { ["tools"] = sent["tools"]!.DeepClone() });
        Same(expected, sent["toolConfig"]);
    }

    /// <summary>Schemas with words that are not known there were refused whole.</summary>
    [Fact]
    public async Task Schemas_of_tools()
    {
        const string Functions = """
            "tools":[{"type":"function","function":{"name":"none","parameters":{"type":"object","properties":{}}}},{"type":"function","function":{"name":"nothing"}},
              {"type":"function","function":{"name":"f","strict":true,"parameters":{"$schema":"http://json-schema.org/draft-07/schema#","$comment":"c","type":"object","additionalProperties":false,
                "properties":{"const":{"const":"x"},"r":{"$ref":"#/$defs/p","description":"gone"},"n":{"type":["string","null"],"enumDescriptions":["d"],"description":"n"},
                  "u":{"oneOf":[{"type":"integer","enum":[1,2],"exclusiveMinimum":0},{"type":"null"}]},"all":{"allOf":[{"$ref":"#/$defs/p"},{"properties":{"z":{"type":"string"}},"required":["z"]}]}},
                "required":["r"],"$defs":{"p":{"type":"object","properties":{"y":{"type":"number","minimum":0}},"required":["y"]}}}}}]
            """;
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", Functions));
        Same("""{"functionCallingConfig":{"mode":"VALIDATED"}}""", sent["toolConfig"]);
        Same(
            """
            [{"functionDeclarations":[{"name":"none"},{"name":"nothing"},{"name":"f","parametersJsonSchema":{"type":"object","additionalProperties":false,
              "properties":{"const":{"enum":["x"]},"r":{"$ref":"#/$defs/p"},"n":{"type":["string","null"],"description":"n"},
                "u":{"oneOf":[{"type":"integer","enum":[1,2],"exclusiveMinimum":0},{"type":"null"}]},"all":{"allOf":[{"$ref":"#/$defs/p"},{"properties":{"z":{"type":"string"}},"required":["z"]}]}},
              "required":["r"],"$defs":{"p":{"type":"object","properties":{"y":{"type":"number","minimum":0}},"required":["y"]}}}}]}]
            """,
            sent["tools"]);

        // Older models take a subset of OpenAPI.
        var old = await Gem.SentAsync(simulator, Gem.Call("gemini-2.0-flash", Functions));
        Same(
            """
            {"name":"f","parameters":{"type":"object","properties":{"const":{"enum":["x"]},"r":{"type":"object","properties":{"y":{"type":"number","minimum":0}},"required":["y"]},
              "n":{"type":"string","nullable":true,"description":"n"},"u":{"anyOf":[{"type":"integer","description":"{enum: [1,2], exclusiveMinimum: 0}"}],"nullable":true},
              "all":{"properties":{"y":{"type":"number","minimum":0},"z":{"type":"string"}},"required":["y","z"]}},"required":["r"]}}
            """,
            old["tools"]![0]!["functionDeclarations"]![2]);
    }

    [Fact]
    public async Task Tools_of_the_providers_own()
    {
        var alone = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", """
            "tools":[{"google_search":{}},{"type":"url_context"}]
            """));
        Same("""[{"googleSearch":{}},{"urlContext":{}}]""", alone["tools"]);
        var beside = await Gem.SentAsync(simulator, Gem.Call("gemini-3-flash-preview", """
            "tools":[{"type":"function","function":{"name":"f"}},{"codeExecution":{}}]
            """));
        Same("""[{"functionDeclarations":[{"name":"f"}]},{"codeExecution":{}}]""", beside["tools"]);
        Same("""{"functionCallingConfig":{"mode":"VALIDATED"},"includeServerSideToolInvocations":true}""", beside["toolConfig"]);
    }

    [Fact]
    public async Task Results_of_tools_come_right_behind_their_calls_in_their_order_and_by_name()
    {
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-flash", """
            "messages":[{"role":"user","content":"q"},
              {"role":"assistant","content":"","tool_calls":[{"id":"call_gw_00_0","type":"function","function":{"name":"f","arguments":"{\"a\": \"x\\\"y\"}"}},{"id":"b7","type":"function","function":{"name":"g","arguments":""}},{"id":"c","function":{"name":"f","arguments":{"k":1}}}]},
              {"role":"user","content":"and?"},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"{\"o\":1}"}]},{"role":"tool","tool_call_id":"call_gw_00_0","content":"say \"x\""},
              {"role":"tool","tool_call_id":"b7","content":[{"type":"text","text":"[1,"},{"type":"text","text":"2]"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]
            """));
        Same(
            """
            [{"role":"user","parts":[{"text":"q"}]},
             {"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"x\"y"}}},{"functionCall":{"id":"b7","name":"g","args":{}}},{"functionCall":{"id":"c","name":"f","args":{"k":1}}}]},
             {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"say \"x\""}}},{"functionResponse":{"id":"b7","name":"g","response":{"output":"[1,2]"}}},
               {"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"functionResponse":{"id":"c","name":"f","response":{"o":1}}},{"text":"and?"}]}]
            """.Replace(""",{"text":"and?"}]}]""", """]},{"role":"user","parts":[{"text":"and?"}]}]""", StringComparison.Ordinal),
            sent["contents"]);
    }

    /// <summary>Second turns behind a call were refused since its signature was lost, or one was asked of every call.</summary>
    [Fact]
    public async Task Signatures_go_back_to_the_parts_that_they_came_with()
    {
        const string Turns = """
            "messages":[{"role":"user","content":"q"},{"role":"assistant","content":"so","reasoning":"hm","reasoning_details":[
              {"type":"reasoning.text","text":"hm","signature":"VEg=","format":"google-gemini-v1","index":0},{"type":"reasoning.encrypted","data":"VFg=","format":"google-gemini-v1","index":1},
              {"type":"reasoning.encrypted","data":"QUE=","id":"b","format":"google-gemini-v1","index":2},{"type":"reasoning.encrypted","data":"no","id":"a","format":"anthropic-claude-v1","index":3}],
              "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
              {"role":"assistant","tool_calls":[{"id":"c","type":"function","extra_content":{"google":{"thought_signature":"Q0M="}},"function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":""}]
            """;
        Same(
            """
            [{"role":"user","parts":[{"text":"q"}]},
             {"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"VEg="},{"text":"so","thoughtSignature":"VFg="},
               {"functionCall":{"id":"a","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"b","name":"g","args":{}},"thoughtSignature":"QUE="}]},
             {"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":"1"}}},
               {"functionResponse":{"id":"b","name":"g","response":{"output":""},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}}]},
             {"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}},"thoughtSignature":"Q0M="}]},
             {"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":""}}}]}]
            """,
            (await Gem.SentAsync(simulator, Gem.Call("gemini-3.1-pro-preview", Turns)))["contents"]);
        Assert.DoesNotContain("skip_", (await Gem.SentAsync(simulator, Gem.Call("gemini-2.5-pro", Turns)))["contents"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ignature", (await Gem.SentAsync(simulator, Gem.Call("gemma-4-27b-it", Turns)))["contents"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_answer_said_of_itself_is_taken_back_as_it_was()
    {
        const string Model = "gemini-3-flash-preview";
        const string Offer = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"1st-look\"}}]";
        var call = Gem.Call(Model, $$"""{{Offer}},"messages":[{"role":"user","content":"sim-tools-2-reasoning-4 go"}]""");
        foreach (var stream in (bool[])[false, true])
        {
            var reply = await Gem.SendAsync(simulator.Address, call with { Stream = stream, AttemptId = Guid.CreateVersion7() });
            Assert.True(reply.Failure is null, reply.Failure?.Message);
            var message = await MessageOf(reply);
            Assert.Equal("1st-look", message["tool_calls"]![1]!["function"]!["name"]!.GetValue<string>());
            var ids = message["tool_calls"]!.AsArray().Select(one => one!["id"]!.GetValue<string>()).ToArray();
            var sent = await Gem.SentAsync(simulator, Gem.Call(Model, $$"""
                {{Offer}},"messages":[{"role":"user","content":"q"},{{message.ToJsonString()}},{"role":"tool","tool_call_id":"{{ids[1]}}","content":"2"},{"role":"tool","tool_call_id":"{{ids[0]}}","content":"1"}]
                """));
            var parts = sent["contents"]![1]!["parts"]!.AsArray();
            Assert.Equal(["c2ln", null], parts.Where(part => part!["functionCall"] is not null).Select(part => part!["thoughtSignature"]?.GetValue<string>()));
            Assert.Equal(ids, parts.Where(part => part!["functionCall"] is not null).Select(part => part!["functionCall"]!["id"]!.GetValue<string>()));
            Assert.Equal(sent["tools"]![0]!["functionDeclarations"]![0]!["name"]!.GetValue<string>(), sent["contents"]![2]!["parts"]![0]!["functionResponse"]!["name"]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData("gemini-2.5-flash", "{\"type\":\"json_object\"}", """{"responseMimeType":"application/json"}""")]
    [InlineData("gemini-2.5-flash", "{\"type\":\"text\"}", "{}")]
    [InlineData("gemini-2.5-flash", "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}},\"additionalProperties\":false}}}",
        """{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"enum":[1]}},"additionalProperties":false}}""")]
    [InlineData("gemini-2.0-flash", "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"integer\",\"null\"]}},\"additionalProperties\":false}}}",
        """{"responseMimeType":"application/json","responseSchema":{"type":"object","properties":{"a":{"type":"integer","nullable":true}}}}""")]
    public async Task An_answer_of_a_schema_is_bound_to_it(string model, string format, string expected) =>
        Same(expected, (await Gem.SentAsync(simulator, Gem.Call(model, "\"response_format\":" + format)))["generationConfig"]);

    [Fact]
    public async Task An_answer_that_was_too_long_goes_on_by_its_token()
    {
        var sent = await Gem.SentAsync(simulator, Gem.Call("gemini-4-neon", """
            "max_tokens":100000,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"Hop 1. ","reasoning_details":[{"type":"reasoning.encrypted","continuation_token":"c3Ry","format":"google-gemini-continuation","index":0}]}]
            """, stream: true));
        Same("""[{"role":"user","parts":[{"text":"q"}]}]""", sent["contents"]);
        Assert.Equal(("c3Ry", 100_000), (sent["continuationToken"]!.GetValue<string>(), sent["generationConfig"]!["maxOutputTokens"]!.GetValue<int>()));
        Assert.Equal(32_768, (await Gem.SentAsync(simulator, Gem.Call("gemini-4-argon", "\"max_tokens\":100000")))["generationConfig"]!["maxOutputTokens"]!.GetValue<int>());
    }

    /// <summary>The key stood in the address, and in logs; a list came in place of events.</summary>
    [Theory]
    [InlineData("https://h", null, "gemini-2.5-flash", false, "https://h/v1beta/models/gemini-2.5-flash:generateContent")]
    [InlineData("https://h/v1beta/", null, "models/gemini-2.5-flash", true, "https://h/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse")]
    [InlineData("https://h/proxy/v1?a=b", null, "tunedModels/mine", true, "https://h/proxy/v1/tunedModels/mine:streamGenerateContent?alt=sse&a=b")]
    [InlineData("https://h/proxy?a=b", null, "m", false, "https://h/proxy/v1beta/models/m:generateContent?a=b")]
    [InlineData("https://v1host", null, "m", false, "https://v1host/v1beta/models/m:generateContent")]
    [InlineData("https://h", "/own/", "m", false, "https://h/own/models/m:generateContent")]
    public void Addresses(string baseUrl, string? path, string model, bool stream, string expected) =>
        Assert.Equal(expected, ModelPath.UrlOf(ModelPath.Root(new Uri(baseUrl), path), ModelPath.Of(model)!, stream).AbsoluteUri);

    [Theory]
    [InlineData("gemini-2.5-flash:generateContent?x=")]
    [InlineData("../files")]
    [InlineData("models/../x")]
    [InlineData("models/")]
    [InlineData("a/b")]
    [InlineData("a%2fb")]
    [InlineData("")]
    public async Task A_name_that_would_change_the_path_is_no_model(string model)
    {
        var reply = await Gem.SendAsync(simulator.Address, Gem.Call(model));
        Assert.Equal((FailureKind.ModelNotFound, 404, "model", false), (reply.Failure!.Kind, reply.Failure.Status, reply.Failure.Param, reply.Sent));
    }

    [Fact]
    public async Task Headers()
    {
        var call = Gem.Call("gemini-2.5-flash") with
        {
            Headers = [new("openai-organization", "org"), new("traceparent", "00-1-2-01"), new("x-bf-eh-x-own", "mine")],
        };
        await (await Gem.SendAsync(simulator.Address, call)).Body!.DisposeAsync();
        var headers = (await simulator.ReceivedAsync(call.AttemptId)).Headers;
        Assert.Equal(
            ["content-length", "content-type", "host", "traceparent", "x-client-request-id", "x-goog-api-key", "x-own"],
            headers.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal("secret-of-provider", headers["x-goog-api-key"]);
    }

    private static async Task<JsonObject> MessageOf(Calls.Contracts.ProviderReply reply)
    {
        if (reply.Body is Calls.Contracts.PlainBody plain)
        {
            await using (plain) return JsonNode.Parse(plain.Json.Span)!["choices"]![0]!["message"]!.DeepClone().AsObject();
        }

        await using var stream = Tries.Opened(reply);
        var message = new JsonObject { ["role"] = "assistant" };
        foreach (var chunk in (await Tries.ReadAllAsync(stream)).Chunks)
        {
            if (JsonNode.Parse(chunk)!["choices"]![0]?["delta"] is not JsonObject delta) continue;
            foreach (var name in (string[])["tool_calls", "reasoning_details"])
                if (delta[name] is { } value) message[name] = value.DeepClone();
        }

        return message;
    }

    private static void Same(string? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected is null ? null : JsonNode.Parse(expected), actual), $"{actual?.ToJsonString()}\nis not\n{expected}");
}
