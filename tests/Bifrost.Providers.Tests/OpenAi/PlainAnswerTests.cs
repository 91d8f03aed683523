using System.Text;
using System.Text.Json;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

public class PlainAnswerTests(SimulatorFixture simulator)
{
    [Fact]
    public async Task Hands_over_the_bytes_as_they_came()
    {
        var reply = await Tries.SendAsync(simulator.Address, Tries.Call("sim-rich"));
        Assert.Null(reply.Failure);
        Assert.Equal((200, "key-1", true), (reply.Status, reply.KeyId, reply.Sent));
        await using var body = Assert.IsAssignableFrom<ScannedBody>(reply.Body);
        using var json = JsonDocument.Parse(body.Json);
        Assert.Equal("chat.completion", json.RootElement.GetProperty("object").GetString());
        Assert.True(body.Shape.HasChoices);
        Assert.Equal(json.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt64(), body.Shape.Usage!.Value.PromptTokens);
    }

    [Fact]
    public async Task Reads_an_answer_that_drips_in_byte_by_byte()
    {
        var reply = await Tries.SendAsync(simulator.Address, Tries.Call("sim-64b-split"));
        await using var body = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        using var json = JsonDocument.Parse(body.Json);
    }

    [Fact]
    public async Task Reads_an_answer_of_sixteen_megabytes()
    {
        var reply = await Tries.SendAsync(simulator.Address, Tries.Call("sim-giant"));
        await using var body = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        Assert.True(body.Json.Length > 16 << 20);
        using var json = JsonDocument.Parse(body.Json);
    }

    [Theory]
    [InlineData("sim-headers")]
    [InlineData("sim")]
    public async Task Reads_processing_time_back_when_the_provider_sends_it(string model)
    {
        var reply = await Tries.SendAsync(simulator.Address, Tries.Call(model));
        await reply.Body!.DisposeAsync();
        Assert.True(model == "sim-headers" ? reply.ProcessingMs is { Length: > 0 } : reply.ProcessingMs is null || reply.ProcessingMs.All(char.IsAsciiDigit));
    }

    [Theory]
    [InlineData("sim-html", FailureKind.BadAnswer)]
    [InlineData("sim-empty", FailureKind.BadAnswer)]
    [InlineData("sim-empty-object", FailureKind.BadAnswer)]
    [InlineData("sim-1kb-close-after-1", FailureKind.BadAnswer)]
    [InlineData("sim-1kb-reset-after-1", FailureKind.BadAnswer)]
    [InlineData("sim-1kb-cut-after-1", FailureKind.BadAnswer)]
    [InlineData("sim-reset-headers", FailureKind.BadAnswer)]
    public async Task Never_takes_a_broken_answer_for_a_whole_one(string model, FailureKind kind)
    {
        var reply = await Tries.SendAsync(simulator.Address, Tries.Call(model));
        Assert.Null(reply.Body);
        Assert.Equal((kind, 502, false), (reply.Failure!.Kind, reply.Failure.Status, reply.Failure.FromProvider));
        Assert.True(reply.Sent);
    }

    [Theory]
    [InlineData("not JSON", null)]
    [InlineData("""{"id":"x","choices":[{"index":0""", null)]
    [InlineData("""[{"choices":[]}]""", null)]
    [InlineData("""{"choices":[]} trailing""", null)]
    [InlineData("""{"choices":"none"}""", null)]
    [InlineData("""{"id":"x","choices":[]}""", 500)]
    [InlineData("", null)]
    public async Task Refuses_what_is_not_one_whole_json_object_with_choices(string body, int? length)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body, length));
        Assert.Equal(FailureKind.BadAnswer, (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).Kind);
    }

    /// <summary>What a model wrote is no word about a fault: it stays out of errors and of logs.</summary>
    [Theory]
    [InlineData("id: 1\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"private\"}}]}\n\ndata: [DONE]\n\n", false)]
    [InlineData("The service is private.", true)]
    public async Task Words_of_an_answer_are_in_no_error(string body, bool isShown)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("text/plain", body));
        var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.BadAnswer, isShown), (failure.Kind, failure.Message.Contains("private", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("text/event-stream")]
    [InlineData("application/octet-stream")]
    [InlineData("")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/vnd.completion+json")]
    public async Task Judges_json_by_its_bytes_whatever_it_calls_itself(string contentType)
    {
        foreach (var mark in (string[])["", "\uFEFF", "\n\n"])
        {
            await using var upstream = RawUpstream.Saying(RawUpstream.Answer(contentType, mark + """{"choices":[]}"""));
            var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
            Assert.Null(reply.Failure);
            await using var body = Assert.IsAssignableFrom<PlainBody>(reply.Body);
            using var json = JsonDocument.Parse(body.Json);
        }
    }

    /// <summary>Such bodies were not read, so that their tries were booked as if nothing was known of them.</summary>
    [Theory]
    [InlineData(false, "text/plain", """{"usage":{"prompt_tokens":10,"completion_tokens":5}}""")]
    [InlineData(false, "text/event-stream", "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10}}\n\ndata: {\"usage\":{\"completion_tokens\":5}}\r\n\r\ndata: [DONE]\n\n")]
    [InlineData(false, "application/json", """{"usage":{"input_tokens":10,"output_tokens":5}}""")]
    public async Task Reads_the_usage_of_an_answer_that_is_none(bool stream, string contentType, string body)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer(contentType, body));
        var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m", stream: stream));
        Assert.Equal((FailureKind.BadAnswer, false), (failure.Kind, failure.FromProvider));
        Assert.Equal(new TokenUsage { PromptTokens = 10, CompletionTokens = 5 }, failure.Usage);
    }

    [Theory]
    [InlineData("<html>no usage</html>", null)]
    [InlineData("{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}", 5_000)]
    public async Task Says_no_usage_where_none_was_read(string body, int? length)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("text/html", body, length));
        var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.BadAnswer, null), (failure.Kind, failure.Usage));
    }

    [Fact]
    public async Task Refuses_an_answer_that_was_compressed_unasked()
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", """{"choices":[]}""", headers: "Content-Encoding: gzip\r\n"));
        Assert.Equal(FailureKind.BadAnswer, (await Tries.FailAsync(upstream.Address, Tries.Call("m"))).Kind);
    }

    [Fact]
    public async Task Follows_no_redirect()
    {
        await using var upstream = RawUpstream.Saying("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
        var failure = await Tries.FailAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.BadAnswer, 502, false), (failure.Kind, failure.Status, failure.FromProvider));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_an_answer_over_the_limit_whether_its_length_is_announced_or_not(bool announced)
    {
        var json = $$"""{"choices":[],"pad":"{{new string('x', 2_000)}}"}""";
        var answer = announced
            ? RawUpstream.Answer("application/json", json)
            : $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{Encoding.UTF8.GetByteCount(json):x}\r\n{json}\r\n0\r\n\r\n";
        await using var upstream = RawUpstream.Saying(answer);
        foreach (var (bytesMax, expected) in new (int, FailureKind?)[] { (json.Length - 1, FailureKind.BadAnswer), (json.Length, null) })
        {
            var dialect = new OpenAiDialect(TimeProvider.System, new ProviderLimits { AnswerBytesMax = bytesMax });
            var reply = await dialect.SendAsync(Tries.TargetAt(upstream.Address), Tries.Call("m")).InTimeAsync();
            Assert.Equal(expected, reply.Failure?.Kind);
            if (reply.Body is not null) await reply.Body.DisposeAsync();
        }
    }

    [Fact]
    public async Task Uses_a_connection_again_after_a_whole_answer()
    {
        await using var upstream = RawUpstream.SayingForEver(RawUpstream.Answer("application/json", """{"choices":[]}"""));
        for (var i = 0; i < 5; i++)
        {
            var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
            await reply.Body!.DisposeAsync();
        }
        Assert.Equal(1, upstream.Connections);
    }
}
