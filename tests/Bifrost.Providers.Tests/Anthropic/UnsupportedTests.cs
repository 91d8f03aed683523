using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Anthropic;

/// <summary>What the provider has no equivalent of. Each of these was lost without a word somewhere, and answered 200.</summary>
public class UnsupportedTests(SimulatorFixture simulator)
{
    private const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";

    [Theory]
    [InlineData("claude-haiku-4-5", "\"n\":2", "n")]
    [InlineData("claude-haiku-4-5", "\"seed\":1", "seed")]
    [InlineData("claude-haiku-4-5", "\"logprobs\":true", "logprobs")]
    [InlineData("claude-haiku-4-5", "\"top_logprobs\":3", "top_logprobs")]
    [InlineData("claude-haiku-4-5", "\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("claude-haiku-4-5", "\"frequency_penalty\":0.5", "frequency_penalty")]
    [InlineData("claude-haiku-4-5", "\"presence_penalty\":-1", "presence_penalty")]
    [InlineData("claude-haiku-4-5", "\"prediction\":{\"type\":\"content\",\"content\":\"x\"}", "prediction")]
    [InlineData("claude-haiku-4-5", "\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("claude-haiku-4-5", "\"audio\":{\"voice\":\"v\",\"format\":\"wav\"}", "audio")]
    [InlineData("claude-haiku-4-5", "\"store\":true", "store")]
    [InlineData("claude-haiku-4-5", "\"verbosity\":\"low\"", "verbosity")]
    [InlineData("claude-haiku-4-5", "\"functions\":[{\"name\":\"f\"}]", "functions")]
    [InlineData("claude-haiku-4-5", "\"metadata\":{\"a\":\"b\"}", "metadata")]
    [InlineData("claude-haiku-4-5", "\"service_tier\":\"flex\"", "service_tier")]
    [InlineData("claude-haiku-4-5", "\"stop\":\" \\n\"", "stop")]
    [InlineData("claude-haiku-4-5", "\"temperature\":1.5", "temperature")]
    [InlineData("claude-haiku-4-5", "\"temperature\":0.5,\"top_p\":0.5", "top_p")]
    [InlineData("claude-haiku-4-5", "\"temperature\":0.5,\"reasoning_effort\":\"low\"", "temperature")]
    [InlineData("claude-haiku-4-5", "\"top_k\":5,\"reasoning_effort\":\"low\"", "top_k")]
    [InlineData("claude-haiku-4-5", "\"top_p\":0.5,\"reasoning_effort\":\"low\"", "top_p")]
    [InlineData("claude-opus-4-7", "\"temperature\":0.5", "temperature")]
    [InlineData("claude-opus-5-5", "\"top_p\":0.9", "top_p")]
    [InlineData("claude-haiku-5-5", "\"top_k\":1", "top_k")]
    [InlineData("claude-haiku-4-5", "\"reasoning_effort\":\"huge\"", "reasoning_effort")]
    [InlineData("claude-3-5-haiku-latest", "\"reasoning_effort\":\"low\"", "reasoning_effort")]
    [InlineData("claude-haiku-4-5", "\"reasoning_effort\":\"low\",\"max_tokens\":1024", "reasoning_effort")]
    [InlineData("claude-opus-4-7", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", "thinking")]
    [InlineData("claude-opus-5-5", Tool + ",\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("claude-haiku-4-5", Tool + ",\"tool_choice\":\"required\",\"reasoning_effort\":\"low\"", "tool_choice")]
    [InlineData("claude-3-5-haiku-latest", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"}}}", "response_format")]
    [InlineData("claude-haiku-4-5", "\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]", "tools[0]")]
    [InlineData("claude-haiku-4-5", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AA\",\"format\":\"wav\"}}]}]", "messages[0].content[1]")]
    [InlineData("claude-haiku-4-5", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/bmp;base64,AA\"}}]}]", "messages[0].content[1]")]
    [InlineData("claude-haiku-4-5", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"file:///etc/passwd\"}}]}]", "messages[0].content[1]")]
    [InlineData("claude-haiku-4-5", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"x\",\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"role\":\"user\",\"content\":\"r\"}]", "messages[1].function_call")]
    public async Task Is_a_400_that_names_it_or_left_out_by_the_setting_and_told(string model, string members, string param)
    {
        var failure = await Claude.FailAsync(simulator.Address, Claude.Call(model, members));
        Assert.Equal((FailureKind.Unsupported, 400, "unsupported_parameter", param), (failure.Kind, failure.Status, failure.Type, failure.Param));
        Assert.Contains("upstream-", failure.Message, StringComparison.Ordinal);

        var reply = await Claude.SendAsync(simulator.Address, Claude.Call(model, members), drops: true);
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        Assert.Equal([param], reply.Dropped);
        await reply.Body!.DisposeAsync();
    }

    [Theory]
    [InlineData("claude-opus-5-5", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"begun\"}]", "messages[1]")]
    [InlineData("claude-haiku-4-5", "\"messages\":[{\"role\":\"function\",\"name\":\"f\",\"content\":\"x\"}]", "messages[0].role")]
    [InlineData("claude-haiku-4-5", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"[1]\"}}]}]", "messages[1].tool_calls[0].function.arguments")]
    public async Task What_cannot_be_left_out_is_refused_whatever_the_setting(string model, string members, string param)
    {
        var reply = await Claude.SendAsync(simulator.Address, Claude.Call(model, members), drops: true);
        Assert.Equal((FailureKind.Unsupported, param), (reply.Failure!.Kind, reply.Failure.Param));
        Assert.False(reply.Sent);
    }

    /// <summary>A budget that is too low was answered 500.</summary>
    [Theory]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1000}", "thinking.budget_tokens")]
    [InlineData("\"max_tokens\":3000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":3000}", "thinking.budget_tokens")]
    [InlineData("\"top_p\":7", "top_p")]
    [InlineData("\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]", "messages[0].tool_call_id")]
    public async Task What_is_wrong_in_itself_is_a_400_that_names_the_field(string members, string param)
    {
        var failure = await Claude.FailAsync(simulator.Address, Claude.Call("claude-haiku-4-5", members));
        Assert.Equal((FailureKind.BadRequest, 400, param), (failure.Kind, failure.Status, failure.Param));
    }

    [Fact]
    public async Task A_version_of_the_API_without_sampling_takes_none()
    {
        var provider = Tries.ProviderAt(simulator.Address) with { Name = "newer", ExtraHeaders = [KeyValuePair.Create("anthropic-version", "2026-10-21")] };
        var reply = await Claude.Dialect.SendAsync(Tries.Target(provider), Claude.Call("claude-haiku-4-5", "\"temperature\":0.5")).InTimeAsync();
        Assert.Equal((FailureKind.Unsupported, "temperature"), (reply.Failure!.Kind, reply.Failure.Param));
    }

    /// <summary>What a call may cost was worked out from its limit before it was sent: nothing that is sent may raise it.</summary>
    [Fact]
    public async Task No_limit_or_budget_that_is_sent_is_above_what_the_call_was_admitted_with()
    {
        foreach (var model in (string[])["claude-haiku-4-5", "claude-3-opus-20240229", "claude-opus-4-1", "claude-opus-5-5", "claude-unheard-of"])
        foreach (var admitted in (int[])[1, 1_000, 1_024, 1_025, 2_000, 50_000, 500_000])
        foreach (var effort in (string[])["", ",\"reasoning_effort\":\"high\"", ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":4000}"])
        foreach (var asked in (string[])["", "\"max_tokens\":1500,", "\"max_completion_tokens\":800000,"])
        {
            var call = Claude.Call(model, $"{asked}\"user\":\"u\"{effort}") with { OutputTokensMax = admitted, OutputIsLowered = true };
            var reply = await Claude.SendAsync(simulator.Address, call, drops: true);
            if (reply.Failure is not null) continue;
            await reply.Body!.DisposeAsync();
            var sent = JsonNode.Parse(Encoding.UTF8.GetString(reply.SentBody.Span))!;
            var limit = sent["max_tokens"]!.GetValue<int>();
            Assert.InRange(limit, 1, admitted);
            if (asked.Contains("1500", StringComparison.Ordinal)) Assert.InRange(limit, 1, 1_500);
            if (sent["thinking"]?["budget_tokens"] is { } budget) Assert.InRange(budget.GetValue<int>(), 1_024, limit - 1);
        }
    }
}
