using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

public class StreamTests(SimulatorFixture simulator)
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    private const string Chunk = """{"id":"a","choices":[{"index":0,"delta":{"content":"x"}}]}""";

    [Theory]
    [InlineData("sim-words-20")]
    [InlineData("sim-words-20-split")]
    [InlineData("sim-words-20-split-7")]
    [InlineData("sim-words-20-crlf")]
    [InlineData("sim-words-20-cr")]
    [InlineData("sim-words-20-comments")]
    [InlineData("sim-words-20-bom")]
    [InlineData("sim-words-20-multiline")]
    [InlineData("sim-words-20-named")]
    [InlineData("sim-words-20-done-bare")]
    [InlineData("sim-words-20-done-line")]
    [InlineData("sim-words-20-paced-20x1ms")]
    [InlineData("sim-words-20-usage-always")]
    public async Task Reads_a_whole_stream_however_it_is_framed(string model)
    {
        await using var plain = (await Tries.SendAsync(simulator.Address, Tries.Call("sim-words-20"))).Body!;
        using var whole = System.Text.Json.JsonDocument.Parse(((PlainBody)plain).Json);
        var expected = whole.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

        await using var stream = Tries.Opened(await Tries.SendAsync(simulator.Address, Tries.Call(model, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal((StreamEventKind.Done, null), (last.Kind, last.Failure));
        Assert.Equal(expected, Tries.TextOf(chunks));
        Assert.Equal(StreamEventKind.Done, (await stream.ReadAsync(CancellationToken.None)).Kind);
    }

    [Theory]
    [InlineData("sim-words-9-cut-after-3", FailureKind.BadAnswer, 502, false)]
    [InlineData("sim-words-9-close-after-3", FailureKind.BadAnswer, 502, false)]
    [InlineData("sim-words-9-reset-after-3", FailureKind.BadAnswer, 502, false)]
    [InlineData("sim-words-9-badchunk-after-3", FailureKind.BadAnswer, 502, false)]
    [InlineData("sim-words-9-no-done", FailureKind.BadAnswer, 502, false)]
    [InlineData("sim-words-9-error-after-3", FailureKind.ServerError, 502, true)]
    public async Task Never_takes_a_broken_stream_for_a_whole_one(string model, FailureKind kind, int status, bool fromProvider)
    {
        await using var stream = Tries.Opened(await Tries.SendAsync(simulator.Address, Tries.Call(model, stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal(StreamEventKind.Failed, last.Kind);
        Assert.Equal((kind, status, fromProvider), (last.Failure!.Kind, last.Failure.Status, last.Failure.FromProvider));
        Assert.Equal(model.EndsWith("done", StringComparison.Ordinal) ? 9 : 3, chunks.Count(chunk => Tries.TextOf([chunk]).Length > 0));
        Assert.Equal(StreamEventKind.Failed, (await stream.ReadAsync(CancellationToken.None)).Kind);
    }

    [Fact]
    public async Task Keeps_what_an_error_event_in_the_middle_says()
    {
        await using var stream = Tries.Opened(await Tries.SendAsync(simulator.Address, Tries.Call("sim-words-9-error-after-3", stream: true)));
        var failure = (await Tries.ReadAllAsync(stream)).Last.Failure!;
        Assert.Equal(("The server had an error while answering.", "server_error", "internal_error"), (failure.Message, failure.Type, failure.Code));
    }

    [Theory]
    [InlineData("sim-html", FailureKind.BadAnswer)]
    [InlineData("sim-empty", FailureKind.BadAnswer)]
    [InlineData("sim-reset", FailureKind.Connect)]
    [InlineData("sim-reset-headers", FailureKind.BadAnswer)]
    public async Task Fails_before_the_first_byte_when_no_stream_comes(string model, FailureKind kind) =>
        Assert.Equal(kind, (await Tries.FailAsync(simulator.Address, Tries.Call(model, stream: true))).Kind);

    [Theory]
    [InlineData("", FailureKind.BadAnswer)]
    [InlineData(": only a comment\n\n", FailureKind.BadAnswer)]
    [InlineData("data: [DONE]\n\n", FailureKind.BadAnswer)]
    [InlineData("data: half a\n\n", FailureKind.BadAnswer)]
    [InlineData("data: {\"error\":{\"message\":\"slow down\",\"code\":429}}\n\n", FailureKind.RateLimited)]
    [InlineData("event: error\ndata: {\"message\":\"no such model\",\"code\":404}\n\n", FailureKind.ModelNotFound)]
    public async Task Counts_a_stream_that_begins_badly_as_failed_before_the_first_byte(string events, FailureKind kind)
    {
        await using var upstream = RawUpstream.Saying(Head + events);
        Assert.Equal(kind, (await Tries.FailAsync(upstream.Address, Tries.Call("m", stream: true))).Kind);
    }

    [Theory]
    [InlineData("data: \"text\"\n\n", FailureKind.BadAnswer)]
    [InlineData("data: {\"choices\":[{\n\n", FailureKind.BadAnswer)]
    [InlineData("data: {\"error\":{\"message\":\"m\",\"code\":503}}\n\ndata: [DONE]\n\n", FailureKind.ServerError)]
    [InlineData("event: error\ndata: gone\n\n", FailureKind.ServerError)]
    [InlineData("event: error\ndata: {\"reason\":\"gone\"}\n\n", FailureKind.ServerError)]
    public async Task Ends_as_failed_at_the_first_event_that_is_no_chunk(string events, FailureKind kind)
    {
        await using var upstream = RawUpstream.Saying($"{Head}data: {Chunk}\n\n{events}");
        await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal([Chunk], chunks);
        Assert.Equal(kind, last.Failure?.Kind);
    }

    [Fact]
    public async Task Ends_as_failed_at_an_event_over_its_limit()
    {
        await using var upstream = RawUpstream.Saying($"{Head}data: {Chunk}\n\ndata: {{\"pad\":\"{new string('x', 20_000)}\"}}\n\ndata: [DONE]\n\n");
        var dialect = new OpenAiDialect(TimeProvider.System, new ProviderLimits { EventBytesMax = 10_000 });
        await using var stream = Tries.Opened(await dialect.SendAsync(Tries.TargetAt(upstream.Address), Tries.Call("m", stream: true)).InTimeAsync());
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Single(chunks);
        Assert.Equal((StreamEventKind.Failed, FailureKind.BadAnswer), (last.Kind, last.Failure?.Kind));
        Assert.Contains("10000", last.Failure!.Message);
    }

    [Fact]
    public async Task Knows_the_shape_of_the_chunk_it_handed_over()
    {
        const string usage = """{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}""";
        await using var upstream = RawUpstream.Saying($"{Head}data: {Chunk}\n\ndata: {usage}\n\ndata: [DONE]\n\n");
        await using var stream = (ScannedStream)Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        await stream.ReadAsync(CancellationToken.None);
        Assert.Null(stream.Shape.Usage);
        Assert.Equal(usage, Encoding.UTF8.GetString((await stream.ReadAsync(CancellationToken.None)).Json.Span));
        Assert.Equal(4, stream.Shape.Usage!.Value.CompletionTokens);
    }

    [Fact]
    public async Task Uses_a_connection_again_after_a_whole_stream()
    {
        var body = $"data: {Chunk}\n\ndata: [DONE]\n\n";
        await using var upstream = RawUpstream.SayingForEver(
            $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
        for (var i = 0; i < 5; i++)
        {
            await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
            Assert.Equal(StreamEventKind.Done, (await Tries.ReadAllAsync(stream)).Last.Kind);
        }
        Assert.Equal(1, upstream.Connections);
    }
}
