using System.IO.Compression;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>Media types and codings that upstreams name, and what their bytes are.</summary>
public class CodingTests
{
    private const string Chunk = """{"choices":[{"index":0,"delta":{"content":"x"}}]}""";
    private const string Events = $"data: {Chunk}\n\ndata: [DONE]\n\n";
    private const string Completion = """{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}""";

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("text/event-stream; charset=utf-8")]
    [InlineData("")]
    public async Task Events_are_known_by_their_bytes(string contentType)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer(contentType, Events));
        await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal([Chunk], chunks);
        Assert.Equal(StreamEventKind.Done, last.Kind);
    }

    [Theory]
    [InlineData("application/json", Completion)]
    [InlineData("text/event-stream", Completion)]
    [InlineData("text/plain", "\uFEFF" + Completion + "\n")]
    [InlineData("application/json", "{\n  \"choices\": [\n    {\"index\": 0, \"message\": {\"content\": \"x\"},\n     \"finish_reason\": \"stop\"}\n  ]\n}\n")]
    [InlineData("text/event-stream", "data: " + Completion + "\n\ndata: [DONE]\n\n")]
    [InlineData("text/event-stream", "data: " + Completion + "\n\n")]
    public async Task A_whole_completion_in_place_of_a_stream_is_one_chunk(string contentType, string body)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer(contentType, body));
        await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal("x", Tries.TextOf(chunks));
        Assert.Equal((1, StreamEventKind.Done), (chunks.Count, last.Kind));
    }

    /// <summary>Some servers repeat in <c>message</c> what was written so far: a chunk that has a <c>delta</c> is one, and the stream goes on.</summary>
    [Fact]
    public async Task A_delta_beside_a_message_is_a_chunk_like_any_other()
    {
        const string both = """{"choices":[{"index":0,"delta":{"content":"x"},"message":{"role":"assistant","content":"x"}}]}""";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("text/event-stream", $"data: {both}\n\n{Events}"));
        await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal([both, Chunk], chunks);
        Assert.Equal(StreamEventKind.Done, last.Kind);

        // Without an end mark it is not whole, as a completion in the place of a stream would be.
        await using var cut = RawUpstream.Saying(RawUpstream.Answer("text/event-stream", $"data: {both}\n\n"));
        await using var unended = Tries.Opened(await Tries.SendAsync(cut.Address, Tries.Call("m", stream: true)));
        Assert.Equal(StreamEventKind.Failed, (await Tries.ReadAllAsync(unended)).Last.Kind);
    }

    [Theory]
    [InlineData("data: [DONE]\n\n", true)]
    [InlineData("\ndata:[DONE]", true)]
    [InlineData("data: {\"error\":{\"message\":\"no end mark\"}}\n\ndata: [DONE]\n\n", false)]
    [InlineData("[DONE]", false)]
    public async Task An_end_mark_behind_a_plain_answer_is_left_out(string behind, bool isAnswer)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("text/event-stream", Completion + behind));
        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal(isAnswer, reply.Failure is null);
        if (reply.Body is not PlainBody body) return;
        await using (body) Assert.Equal(Completion, Encoding.UTF8.GetString(body.Json.Span).TrimEnd());
    }

    [Theory]
    [InlineData(Completion, 500)]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"x\"", null)]
    public async Task A_whole_completion_that_was_cut_is_no_answer(string body, int? length)
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body, length));
        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true));
        if (reply.Body is not StreamBody stream)
        {
            Assert.Equal(FailureKind.BadAnswer, reply.Failure!.Kind);
            return;
        }

        await using (stream) Assert.Equal(StreamEventKind.Failed, (await Tries.ReadAllAsync(stream)).Last.Kind);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("Identity")]
    [InlineData("none")]
    [InlineData("")]
    [InlineData("identity, none")]
    public async Task A_coding_that_is_none_is_none(string coding)
    {
        var headers = $"Content-Encoding: {coding}\r\n";
        await using var plain = RawUpstream.Saying(RawUpstream.Answer("application/json", Completion, headers: headers));
        var reply = await Tries.SendAsync(plain.Address, Tries.Call("m"));
        Assert.Null(reply.Failure);
        await reply.Body!.DisposeAsync();
        await using var streamed = RawUpstream.Saying(RawUpstream.Answer("text/event-stream", Events, headers: headers));
        await using var stream = Tries.Opened(await Tries.SendAsync(streamed.Address, Tries.Call("m", stream: true)));
        Assert.Equal(StreamEventKind.Done, (await Tries.ReadAllAsync(stream)).Last.Kind);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("raw")]
    public async Task What_is_compressed_unasked_is_read_all_the_same(string coding)
    {
        await using var refusing = RawUpstream.Saying(Compressed("429 Too Many Requests", coding, """{"error":{"message":"slow down, please"}}"""));
        foreach (var stream in (bool[])[false, true])
        {
            var failure = await Tries.FailAsync(refusing.Address, Tries.Call("m", stream));
            Assert.Equal((FailureKind.RateLimited, 429, "slow down, please"), (failure.Kind, failure.Status, failure.Message));
        }

        await using var plain = RawUpstream.Saying(Compressed("200 OK", coding, Completion));
        var reply = await Tries.SendAsync(plain.Address, Tries.Call("m"));
        await using (var body = Assert.IsAssignableFrom<PlainBody>(reply.Body)) Assert.Equal(Completion, Encoding.UTF8.GetString(body.Json.Span));
        await using var streamed = RawUpstream.Saying(Compressed("200 OK", coding, Events));
        await using var events = Tries.Opened(await Tries.SendAsync(streamed.Address, Tries.Call("m", stream: true)));
        Assert.Equal([Chunk], (await Tries.ReadAllAsync(events)).Chunks);
    }

    [Theory]
    [InlineData("gzip", "no gzip at all")]
    [InlineData("zstd", "(/\u00b5")]
    public async Task Bytes_that_cannot_be_decoded_are_never_shown(string coding, string body)
    {
        await using var refusing = RawUpstream.Saying(
            $"HTTP/1.1 503 No\r\nContent-Type: application/json\r\nContent-Encoding: {coding}\r\nConnection: close\r\n\r\n{body}");
        var failure = await Tries.FailAsync(refusing.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.ServerError, 503), (failure.Kind, failure.Status));
        Assert.DoesNotContain(body, failure.Message, StringComparison.Ordinal);

        await using var answering = RawUpstream.Saying(RawUpstream.Answer("application/json", body, headers: $"Content-Encoding: {coding}\r\n"));
        foreach (var stream in (bool[])[false, true])
            Assert.Equal(FailureKind.BadAnswer, (await Tries.FailAsync(answering.Address, Tries.Call("m", stream))).Kind);
    }

    private static byte[] Compressed(string status, string coding, string text)
    {
        using var body = new MemoryStream();
        using (Stream to = coding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Compress, leaveOpen: true),
            "deflate" => new ZLibStream(body, CompressionMode.Compress, leaveOpen: true),
            "raw" => new DeflateStream(body, CompressionMode.Compress, leaveOpen: true),
            _ => new GZipStream(body, CompressionMode.Compress, leaveOpen: true),
        }) to.Write(Encoding.UTF8.GetBytes(text));
        var name = coding == "raw" ? "deflate" : coding;
        var head = $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Encoding: {name}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body.ToArray()];
    }
}
