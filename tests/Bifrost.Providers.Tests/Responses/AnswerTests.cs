using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Responses;

public class AnswerTests(SimulatorFixture simulator)
{
    private const string Tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"lookup\",\"parameters\":{\"type\":\"object\"}}}]";

    [Theory]
    [InlineData("sim-words-3-reasoning-4-cached-2-tokens-9 go", "", "w000000 w000001 w000002 ", "stop", 0)]
    [InlineData("sim-tools-2 go", Tools, "", "tool_calls", 2)]
    public async Task Plain_and_streamed_answers_say_the_same(string script, string more, string text, string finish, int calls)
    {
        var members = $$"""
            "messages":[{"role":"user","content":"{{script}}"}]{{(more.Length == 0 ? "" : "," + more)}}
            """.Trim();
        var plain = await PlainAsync(simulator.Address, Responder.Call("gpt-6.2-sol", members));
        var message = plain["choices"]![0]!["message"]!;
        Assert.Equal((text, finish), (message["content"]?.GetValue<string>() ?? "", plain["choices"]![0]!["finish_reason"]!.GetValue<string>()));
        Assert.Equal(calls, message["tool_calls"]?.AsArray().Count ?? 0);
        await using var stream = Tries.Opened(await Responder.SendAsync(simulator.Address, Responder.Call("gpt-6.2-sol", members, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal((StreamEventKind.Done, text), (last.Kind, Tries.TextOf(chunks)));
        var pieces = chunks.SelectMany(chunk => JsonNode.Parse(chunk)!["choices"]![0]!["delta"]!["tool_calls"]?.AsArray() ?? []).ToArray();
        foreach (var call in message["tool_calls"]?.AsArray() ?? [])
        {
            var index = call!.GetElementIndex();
            Assert.Equal(
                call["function"]!["arguments"]!.GetValue<string>(),
                string.Concat(pieces.Where(piece => piece!["index"]!.GetValue<int>() == index).Select(piece => piece!["function"]!["arguments"]!.GetValue<string>())));
        }

        var usage = JsonNode.Parse(chunks[^1])!["usage"]!;
        Assert.True(JsonNode.DeepEquals(plain["usage"], usage), $"{plain["usage"]}\n{usage}");
    }

    [Fact]
    public async Task Thoughts_are_told_and_their_items_kept()
    {
        var plain = await PlainAsync(simulator.Address, Responder.Call("gpt-6.2-sol", """ "messages":[{"role":"user","content":"sim-words-2-reasoning-4 go"}] """.Trim()));
        var message = plain["choices"]![0]!["message"]!;
        Assert.Equal("First the simulator thinks.", message["reasoning"]!.GetValue<string>());
        var detail = Assert.Single(message["reasoning_details"]!.AsArray())!;
        Assert.Equal(("reasoning.encrypted", "openai-responses-v1", "QkJCQg=="), (detail["type"]!.GetValue<string>(), detail["format"]!.GetValue<string>(), detail["data"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_response_that_has_failed_is_a_failure()
    {
        foreach (var stream in (bool[])[false, true])
        {
            await using var upstream = RawUpstream.Saying(RawUpstream.Answer(
                "application/json", """{"id":"resp_1","object":"response","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"},"output":[]}"""));
            var reply = await Responder.SendAsync(upstream.Address, Responder.Call("m", stream: stream));
            Assert.Equal((FailureKind.RateLimited, 429, "slow down"), (reply.Failure!.Kind, reply.Failure.Status, reply.Failure.Message));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"object":"response","status":"in_progress","output":[]}""")]
    [InlineData("""{"object":"chat.completion","choices":[]}""")]
    [InlineData("not json")]
    public async Task What_is_no_response_is_a_bad_answer(string body)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        Assert.Equal(FailureKind.BadAnswer, (await Responder.SendAsync(upstream.Address, Responder.Call("m"))).Failure!.Kind);
    }

    [Theory]
    [InlineData("sim-429-retry-2", FailureKind.RateLimited, 429)]
    [InlineData("sim-401", FailureKind.KeyRejected, 401)]
    [InlineData("sim-quota", FailureKind.KeyRejected, 429)]
    [InlineData("sim-context", FailureKind.ContextTooLong, 400)]
    [InlineData("sim-500", FailureKind.ServerError, 500)]
    public async Task Errors_keep_their_status(string model, FailureKind kind, int status)
    {
        var failure = (await Responder.SendAsync(simulator.Address, Responder.Call(model))).Failure!;
        Assert.Equal((kind, status, true), (failure.Kind, failure.Status, failure.FromProvider));
    }

    private static async Task<JsonNode> PlainAsync(Uri address, ProviderCall call)
    {
        var reply = await Responder.SendAsync(address, call);
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await using var answer = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        return JsonNode.Parse(answer.Json.Span)!;
    }
}
