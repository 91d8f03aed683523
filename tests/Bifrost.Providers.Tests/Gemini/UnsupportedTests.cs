using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Gemini;

/// <summary>What the provider, or the model, has no equivalent of. Each of these was lost without a word somewhere, and answered 200.</summary>
public class UnsupportedTests(SimulatorFixture simulator)
{
    private const string Flash = "gemini-2.5-flash";
    private const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";

    [Theory]
    [InlineData(Flash, "\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData(Flash, "\"parallel_tool_calls\":false," + Tool, "parallel_tool_calls")]
    [InlineData(Flash, "\"prediction\":{\"type\":\"content\",\"content\":\"x\"}", "prediction")]
    [InlineData(Flash, "\"store\":true", "store")]
    [InlineData(Flash, "\"metadata\":{\"a\":\"b\"}", "metadata")]
    [InlineData(Flash, "\"verbosity\":\"low\"", "verbosity")]
    [InlineData(Flash, "\"functions\":[{\"name\":\"f\"}]", "functions")]
    [InlineData(Flash, "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", "thinking")]
    [InlineData(Flash, "\"n\":9", "n")]
    [InlineData("gemini-4-neon", "\"n\":2", "n")]
    [InlineData(Flash, "\"frequency_penalty\":0.5", "frequency_penalty")]
    [InlineData("gemini-4-neon", "\"presence_penalty\":-1", "presence_penalty")]
    [InlineData("gemini-2.0-flash", "\"presence_penalty\":2", "presence_penalty")]
    [InlineData(Flash, "\"seed\":4000000000", "seed")]
    [InlineData(Flash, "\"logprobs\":true,\"top_logprobs\":21", "top_logprobs")]
    [InlineData(Flash, "\"stop\":[\"a\",\"\"]", "stop")]
    [InlineData(Flash, "\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]", "stop")]
    [InlineData(Flash, "\"service_tier\":\"scale\"", "service_tier")]
    [InlineData(Flash, "\"modalities\":[\"text\",\"video\"]", "modalities")]
    [InlineData(Flash, "\"audio\":{\"voice\":\"v\",\"format\":\"pcm16\"}", "audio")]
    [InlineData(Flash, "\"modalities\":[\"audio\"],\"audio\":{\"voice\":\"v\",\"format\":\"wav\"}", "audio")]
    [InlineData(Flash, "\"reasoning_effort\":\"huge\"", "reasoning_effort")]
    [InlineData("gemini-2.0-flash", "\"reasoning_effort\":\"low\"", "reasoning_effort")]
    [InlineData("gemini-2.5-flash-lite", "\"reasoning_effort\":\"low\",\"max_tokens\":512", "reasoning_effort")]
    [InlineData(Flash, "\"response_format\":{\"type\":\"grammar\"}", "response_format")]
    [InlineData(Flash, "\"response_format\":{\"type\":\"json_object\"}," + Tool, "response_format")]
    [InlineData(Flash, "\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]", "tools[0]")]
    [InlineData(Flash, "\"tools\":[{\"google_search\":{}},{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools[0]")]
    [InlineData(Flash, Tool + ",\"tool_choice\":{\"type\":\"custom\"}", "tool_choice")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://e.com/a.png\"}}]}]", "messages[0].content[1]")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://www.youtube.com/watch?v=x\"}}]}]", "messages[0].content[1]")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"file\",\"file\":{\"file_url\":\"https://e.com/a.pdf\"}}]}]", "messages[0].content[1]")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/gif;base64,AA\"}}]}]", "messages[0].content[1]")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AA\",\"format\":\"opus\"}}]}]", "messages[0].content[1]")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"x\",\"images\":[{\"type\":\"image_url\"}]},{\"role\":\"user\",\"content\":\"r\"}]", "messages[1].images")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"system\",\"content\":[{\"type\":\"image_url\",\"image_url\":\"data:image/png;base64,AA\"}]}]", "messages[1].content[0]")]
    public async Task Is_a_400_that_names_it_or_left_out_by_the_setting_and_told(string model, string members, string param)
    {
        var failure = await Gem.FailAsync(simulator.Address, Gem.Call(model, members));
        Assert.Equal((FailureKind.Unsupported, 400, "unsupported_parameter", param), (failure.Kind, failure.Status, failure.Type, failure.Param));
        Assert.Contains("upstream-", failure.Message, StringComparison.Ordinal);

        var reply = await Gem.SendAsync(simulator.Address, Gem.Call(model, members), drops: true);
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        Assert.Equal([param], reply.Dropped);
        await reply.Body!.DisposeAsync();
    }

    [Theory]
    [InlineData("gemini-4-neon", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"begun\"}]", "messages[1]")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"function\",\"name\":\"f\",\"content\":\"x\"}]", "messages[0].role")]
    [InlineData(Flash, "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"[1]\"}}]}]", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("gemini-2.0-flash", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}}}}}", "response_format.json_schema.schema")]
    public async Task What_cannot_be_left_out_is_refused_whatever_the_setting(string model, string members, string param)
    {
        var reply = await Gem.SendAsync(simulator.Address, Gem.Call(model, members), drops: true);
        Assert.Equal((FailureKind.Unsupported, param), (reply.Failure!.Kind, reply.Failure.Param));
        Assert.False(reply.Sent);
    }

    [Theory]
    [InlineData("\"top_p\":7", "top_p")]
    [InlineData("\"top_k\":0", "top_k")]
    [InlineData("\"top_logprobs\":3", "top_logprobs")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema.schema")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"\"}}]", "tools[0].function.name")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"tool\",\"tool_call_id\":\"x\",\"content\":\"x\"}]", "messages[1].tool_call_id")]
    public async Task What_is_wrong_in_itself_is_a_400_that_names_the_field(string members, string param)
    {
        var failure = await Gem.FailAsync(simulator.Address, Gem.Call(Flash, members));
        Assert.Equal((FailureKind.BadRequest, 400, param), (failure.Kind, failure.Status, failure.Param));
    }

    /// <summary>What a call may cost was worked out from its limit before it was sent: nothing that is sent may raise it.</summary>
    [Fact]
    public async Task No_limit_or_budget_that_is_sent_is_above_what_the_call_was_admitted_with()
    {
        foreach (var model in (string[])["gemini-2.0-flash", Flash, "gemini-2.5-pro", "gemini-3-flash-preview", "gemini-4-argon", "gemini-unheard-of"])
        foreach (var admitted in (int[])[1, 128, 1_000, 2_000, 50_000, 500_000])
        foreach (var effort in (string[])["", ",\"reasoning_effort\":\"low\"", ",\"reasoning_effort\":\"max\""])
        foreach (var asked in (string[])["", "\"max_tokens\":1500,", "\"max_completion_tokens\":800000,"])
        foreach (var stream in (bool[])[false, true])
        {
            var call = Gem.Call(model, $"{asked}\"user\":\"u\"{effort}", stream) with { OutputTokensMax = admitted, OutputIsLowered = true };
            var reply = await Gem.SendAsync(simulator.Address, call, drops: true);
            Assert.True(reply.Failure is null, reply.Failure?.Message);
            await reply.Body!.DisposeAsync();
            var config = JsonNode.Parse(Encoding.UTF8.GetString(reply.SentBody.Span))!["generationConfig"]!;
            var limit = config["maxOutputTokens"]!.GetValue<int>();
            Assert.InRange(limit, 1, admitted);
            if (asked.Contains("1500", StringComparison.Ordinal)) Assert.InRange(limit, 1, 1_500);
            if (config["thinkingConfig"]?["thinkingBudget"] is { } budget) Assert.InRange(budget.GetValue<int>(), 1, limit - 1);
        }
    }

    /// <summary>References that are written out grow without end, and a call was admitted by the bytes of its request.</summary>
    [Fact]
    public async Task References_are_not_written_out_beyond_what_was_admitted()
    {
        const string Def = """
            "dNOW":{"type":"object","properties":{"a":{"$ref":"#/$defs/dNEXT"},"b":{"$ref":"#/$defs/dNEXT"}}}
            """;
        var defs = string.Concat(Enumerable.Range(0, 12).Select(i => Def.Replace("NOW", $"{i}", StringComparison.Ordinal).Replace("NEXT", $"{i + 1}", StringComparison.Ordinal) + ","));
        const string Schema = """{"type":"object","properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{DEFS"d12":{"type":"string"}}}""";
        var tool = """
            "tools":[{"type":"function","function":{"name":"f","parameters":SCHEMA}}]
            """.Replace("SCHEMA", Schema.Replace("DEFS", defs, StringComparison.Ordinal), StringComparison.Ordinal);
        var reply = await Gem.SendAsync(simulator.Address, Gem.Call("gemini-2.0-flash", tool), drops: true);
        Assert.Equal((FailureKind.Unsupported, "tools[0].function.parameters"), (reply.Failure!.Kind, reply.Failure.Param));
    }

    /// <summary>Each result repeats the name of its function, which the request has once.</summary>
    [Fact]
    public async Task A_long_name_is_not_repeated_with_every_result()
    {
        var name = new string('n', 5_000);
        var results = string.Join(",", Enumerable.Repeat("""{"role":"tool","tool_call_id":"c","content":""}""", 50));
        var reply = await Gem.SendAsync(simulator.Address, Gem.Call(Flash, $$$"""
            "messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"{{{name}}}","arguments":"{}"} }]},{{{results}}}]
            """));
        Assert.InRange(reply.SentBody.Length, 1, 12_000);
    }
}
