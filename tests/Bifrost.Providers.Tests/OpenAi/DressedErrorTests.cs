using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>Errors under a status of 200, as providers dress them: each went out as a part of the answer, and clients took it for whole.</summary>
public class DressedErrorTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    private const string Chunk = """{"id":"a","choices":[{"index":0,"delta":{"content":"x"}}]}""";

    /// <summary>Each row: the object, the status that it stands for, and words of it that must survive.</summary>
    public static TheoryData<string, int, string> Dresses => new()
    {
        { """{"object":"error","message":"EngineCore died","code":500}""", 500, "EngineCore died" },
        { """{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}""", 400, "too long" },
        { """{"detail":"Not enough credits"}""", 502, "Not enough credits" },
        { """{"detail":[{"loc":["body"],"msg":"field required"}]}""", 502, "field required" },
        { """{"code":500,"message":"upstream died"}""", 500, "upstream died" },
        { """{"code":"Client specified an invalid argument","error":"no such thing"}""", 502, "no such thing" },
        { """{"choices":null,"error_type":"rate_limit_error","error_message":"slow down"}""", 429, "slow down" },
        { """{"choices":null,"base_resp":{"status_code":1004,"status_msg":"login fail"}}""", 502, "login fail" },
        { """{"choices":[],"error":{"message":"moderated","code":403}}""", 403, "moderated" },
        { """{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"Provider returned error"}}]}""", 502, "Provider returned error" },
        { """{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}""", 502, "error" },
        { """{"choices":[{"index":0,"delta":{}}],"x_groq":{"id":"r","error":"over_capacity"}}""", 502, "over_capacity" },
        { """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", 529, "Overloaded" },
        { """{"type":"error","message":"gone","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}}""", 502, "gone" },
        { """[{"error":{"code":429,"message":"Resource exhausted","status":"RESOURCE_EXHAUSTED"}}]""", 429, "Resource exhausted" },
        { """{"error_code":336003,"error_msg":"the max input is 1024"}""", 502, "the max input is 1024" },
        { """{"errors":[{"message":"gateway says no","code":10000}]}""", 502, "gateway says no" },
        { """{"message":"Unauthorized","status":401}""", 401, "Unauthorized" },
        { """{"success":false,"msg":"quota used up"}""", 502, "quota used up" },
        { """{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}""", 400, "available context size" },
        { """{"fault":{"faultstring":"Policy refused","detail":{"errorcode":"x"}}}""", 502, "Policy refused" },
    };

    [Theory]
    [MemberData(nameof(Dresses))]
    public async Task In_the_middle_of_a_stream_ends_it_as_failed(string error, int status, string words)
    {
        foreach (var frame in (string[])[$"data: {error}\n\n", $"event: error\ndata: {error}\n\n", $"{error}\n\n"])
        {
            await using var upstream = RawUpstream.Saying($"{Head}data: {Chunk}\n\n{frame}data: [DONE]\n\n");
            await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
            var (chunks, last) = await Tries.ReadAllAsync(stream);
            Assert.Equal([Chunk], chunks);
            Assert.Equal((StreamEventKind.Failed, status, true), (last.Kind, last.Failure!.Status, last.Failure.FromProvider));
            Assert.Contains(words, last.Failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Dresses))]
    public async Task At_the_beginning_of_a_stream_is_a_failure_before_the_first_byte(string error, int status, string words)
    {
        const string role = """{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""";
        foreach (var before in (string[])["", $"data: {role}\n\n", ": keep-alive\n\n", "data: {\"type\":\"ping\"}\n\n"])
        {
            await using var upstream = RawUpstream.Saying($"{Head}{before}data: {error}\n\ndata: [DONE]\n\n");
            var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m", stream: true));
            Assert.Equal((status, true), (failure.Status, failure.FromProvider));
            Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Dresses))]
    public async Task As_a_whole_answer_is_a_failure(string error, int status, string words)
    {
        foreach (var stream in (bool[])[false, true])
        {
            await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", error));
            var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m", stream));
            Assert.Equal((status, true), (failure.Status, failure.FromProvider));
            Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("{}")]
    [InlineData("false")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("0")]
    [InlineData("{\"message\":null,\"code\":\"\"}")]
    public async Task An_error_that_says_nothing_beside_a_good_answer_is_none(string error)
    {
        await using var plain = RawUpstream.Saying(RawUpstream.Answer("application/json", $$$"""{"error":{{{error}}},"choices":[{"message":{"content":"x"}}]}"""));
        var reply = await Tries.SendAsync(plain.Address, Tries.Call("m"));
        Assert.Null(reply.Failure);
        await reply.Body!.DisposeAsync();

        await using var streamed = RawUpstream.Saying($$$"""{{{Head}}}data: {"error":{{{error}}},"choices":[{"index":0,"delta":{"content":"x"}}]}""" + "\n\ndata: [DONE]\n\n");
        await using var stream = Tries.Opened(await Tries.SendAsync(streamed.Address, Tries.Call("m", stream: true)));
        Assert.Equal(StreamEventKind.Done, (await Tries.ReadAllAsync(stream)).Last.Kind);
    }

    [Theory]
    [InlineData("""{"type":"ping"}""")]
    [InlineData("""{"id":"x","object":"chat.completion.chunk"}""")]
    [InlineData("""{"status":"PENDING"}""")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData(": OPENROUTER PROCESSING")]
    [InlineData("   ")]
    public async Task An_object_that_is_no_chunk_is_passed_over_wherever_it_stands(string other)
    {
        await using var upstream = RawUpstream.Saying($"{Head}data: {other}\n\ndata: {Chunk}\n\ndata: {other}\n\ndata: [DONE]\n\n");
        await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal([Chunk], chunks);
        Assert.Equal(StreamEventKind.Done, last.Kind);
    }

    [Theory]
    [InlineData(400, "model_not_found", FailureKind.ModelNotFound)]
    [InlineData(403, "model_not_found", FailureKind.ModelNotFound)]
    [InlineData(400, "model_decommissioned", FailureKind.ModelNotFound)]
    [InlineData(400, "something_else", FailureKind.BadRequest)]
    [InlineData(403, "something_else", FailureKind.KeyRejected)]
    public async Task A_model_that_is_not_there_is_known_by_its_code(int status, string code, FailureKind kind)
    {
        var body = $$$"""{"error":{"message":"m","code":"{{{code}}}"}}""";
        await using var upstream = RawUpstream.Saying($"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(kind, (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).Kind);
    }

    /// <summary>A key that is a word was taken out of the middle of words.</summary>
    [Theory]
    [InlineData("x", "no extra access")]
    [InlineData("none", "none of your keys")]
    [InlineData("EMPTY", "EMPTY wallet")]
    public async Task A_short_key_is_not_taken_out_of_what_the_provider_says(string credential, string words)
    {
        var body = $$$"""{"error":"{{{words}}}"}""";
        await using var upstream = RawUpstream.Saying($"HTTP/1.1 402 Payment Required\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var reply = await Tries.Dialect.SendAsync(Tries.Target(Tries.ProviderAt(upstream.Address), credential), Tries.Call("m")).InTimeAsync();
        Assert.Equal(words, reply.Failure!.Message);
    }
}
