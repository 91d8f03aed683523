using System.Text;
using Bifrost.Chat.Sse;
using CsCheck;

namespace Bifrost.Chat.Tests.Sse;

public sealed class SseReaderTests
{
    private const int EventBytesMax = 64;

    private static readonly Gen<string> s_piece = Gen.Frequency<string>(
        (12, Gen.OneOf("data: ", "data:", ": c", "event: error", "error: ", "\n", "\n", "\r\n", "\r", "\n\n", "{\"a\":\"é\"}", "[DONE]")),
        (1, Gen.Int[0, 49].Select(length => new string('z', length))));

    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a|b|end")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n", "a|b|end")]
    [InlineData("data: a\r\rdata: b\r\r", "a|b|end")]
    [InlineData("data: a\r\n\ndata: b\n\r\n", "a|b|end")]
    [InlineData("data:a\n\ndata:  b\n\n", "a| b|end")]
    [InlineData("data: a\ndata: b\ndata:c\n\n", "a\nb\nc|end")]
    [InlineData("data: a\r\ndata: b\r\n\r\n", "a\nb|end")]
    [InlineData("event: error\r\ndata: a\r\n\r\n", "a*|end")]
    [InlineData("data: a\rdata: b\r\r", "a\nb|end")]
    [InlineData("data: a\n: comment\nid: 7\nretry: 5\ndata: b\n\n", "a\nb|end")]
    [InlineData("data\ndata: a\n\n", "\na|end")]
    [InlineData(": ping\n\n: ping\n\ndata: a\n\n", "a|end")]
    [InlineData("data:\n\ndata: a\n\n", "a|end")]
    [InlineData("\n\n\ndata: a\n\n\n\n", "a|end")]
    [InlineData("data: a", "a|end")]
    [InlineData("data: a\n", "a|end")]
    [InlineData("data: a\ndata: b", "a\nb|end")]
    [InlineData("data: a\n\ndata: [DONE]", "a|[DONE]!|end")]
    [InlineData("data: a\n\ndata: [DONE]\n", "a|[DONE]!|end")]
    [InlineData("data:[DONE] \n\n", "[DONE] !|end")]
    [InlineData("\uFEFFdata: a\n\n", "a|end")]
    [InlineData("\uFEFFdata: a", "a|end")]
    [InlineData("data: a\n\n\uFEFFdata: b\n\n", "a|end")]
    [InlineData("event: error\ndata: a\n\ndata: b\n\n", "a*|b|end")]
    [InlineData("event: errors\ndata: a\n\n", "a|end")]
    [InlineData("event: error\n\ndata: b\n\n", "b|end")]
    [InlineData("database: a\n\nDATA: b\n\n data: c\n\n", "end")]
    [InlineData("data:   \n\ndata: a\n\n", "a|end")]
    [InlineData("data: {\"a\":1}\ndata: [DONE]\n\n", "{\"a\":1}|[DONE]!|end")]
    [InlineData("data: {\"a\":1}\ndata: [DONE]", "{\"a\":1}|[DONE]!|end")]
    [InlineData("data: {\"a\":1} \r\ndata:[DONE]\r\n\r\n", "{\"a\":1} |[DONE]!|end")]
    [InlineData("data: {\"a\":1}\ndata: {\"b\":2}\ndata: {\"c\":3}\n\n", "{\"a\":1}|{\"b\":2}|{\"c\":3}|end")]
    [InlineData("data: {\"a\":1}\nevent: error\ndata: {\"b\":2}\n\n", "{\"a\":1}|{\"b\":2}*|end")]
    [InlineData("data: {\"a\":1}\nevent: error\n\n", "{\"a\":1}*|end")]
    [InlineData("data: {\"a\":\ndata: {\"b\":2}}\n\n", "{\"a\":\n{\"b\":2}}|end")]
    [InlineData("data: [{\"a\":1},\ndata: {\"b\":2}]\n\n", "[{\"a\":1},\n{\"b\":2}]|end")]
    [InlineData("data: null\ndata: {\"a\":1}\n\n", "null|{\"a\":1}|end")]
    [InlineData("{\"a\":1}\n", "{\"a\":1}|end")]
    [InlineData("{\"a\":1}", "{\"a\":1}|end")]
    [InlineData("{\n\n \"a\": 1\n\n}\n\n", "{\n \"a\": 1\n}|end")]
    [InlineData("{\r\n \"a\": [\r\n1]\r\n}", "{\n \"a\": [\n1]\n}|end")]
    [InlineData("data: a\n\n{\"error\":1}\ndata: [DONE]\n\n", "a|{\"error\":1}|[DONE]!|end")]
    [InlineData("{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}|{\"b\":2}|end")]
    [InlineData("[{\"a\":1}]\n", "[{\"a\":1}]|end")]
    [InlineData("{\"cut\":", "{\"cut\":|end")]
    [InlineData("error: {\"a\":1}\n\ndata: [DONE]\n\n", "{\"a\":1}*|[DONE]!|end")]
    [InlineData("data: {\"a\":1}\nerror: {\"b\":2}\ndata: [DONE]\n\n", "{\"a\":1}|{\"b\":2}*|[DONE]!|end")]
    [InlineData("data: {\"a\":\nerror: {\"b\":2}\n\n", "{\"a\":\n{\"b\":2}*|end")]
    [InlineData("{\"a\":1}\nerror: {\"b\":2}", "{\"a\":1}|{\"b\":2}*|end")]
    [InlineData("error: none\ndata: a\n\nerrors: {}\n\n", "a|end")]
    [InlineData("data: a\n\n[DONE]", "a|[DONE]!|end")]
    [InlineData("{\"a\":1}\n[DONE]\n", "{\"a\":1}|[DONE]!|end")]
    [InlineData("<html>\n<p>\n</html>", "end")]
    [InlineData("", "end")]
    [InlineData("data: é€😀\n\n", "é€😀|end")]
    public async Task Reads_the_same_events_wherever_the_stream_is_torn(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, await ReadAll(bytes, _ => int.MaxValue));
        Assert.Equal(expected, await ReadAll(bytes, _ => 1));
        for (var split = 1; split < bytes.Length; split++)
        {
            var at = split;
            Assert.Equal(expected, await ReadAll(bytes, position => position < at ? at - position : int.MaxValue));
        }
    }

    /// <summary>The pieces of a stream, and where it is torn: the lengths are used one after the other, again and again.</summary>
    [Fact]
    public Task Reads_random_streams_the_same_however_they_are_torn() => Gen.Select(
        s_piece.Array[1, 40].Select(string.Concat), Gen.Int[1, 20].Array[1, 10], Gen.Int[1, 5_000].Array[1, 10]).SampleAsync(
        async (text, small, large) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var whole = await ReadAll(bytes, _ => int.MaxValue);
            Assert.Equal(whole, await ReadAll(bytes, _ => 1));
            foreach (var lengths in new[] { small, large })
            {
                var reads = 0;
                Assert.Equal(whole, await ReadAll(bytes, _ => lengths[reads++ % lengths.Length]));
            }
        },
        iter: 1_000);

    [Fact]
    public async Task Says_that_a_line_is_too_large_however_it_comes()
    {
        var fits = $"data:{new string('x', EventBytesMax - 5)}";
        Assert.Equal($"{new string('x', EventBytesMax - 5)}|end", await ReadAll(Encoding.UTF8.GetBytes($"{fits}\n\n"), _ => 7));
        foreach (var piece in new[] { 1, 7, 10_000 })
            Assert.Equal("a|too large", await ReadAll(Encoding.UTF8.GetBytes($"data: a\n\n{fits}x\n\ndata: b\n\n"), _ => piece));
    }

    [Fact]
    public async Task Says_that_an_event_of_many_lines_is_too_large()
    {
        var lines = string.Concat(Enumerable.Repeat("data: 0123456789\n", 6));
        foreach (var piece in new[] { 1, 7, 10_000 })
            Assert.Equal("too large", await ReadAll(Encoding.UTF8.GetBytes($"{lines}\n"), _ => piece));
    }

    [Fact]
    public async Task Stays_too_large()
    {
        using var reader = new SseReader(new MemoryStream(Encoding.UTF8.GetBytes($"data: {new string('x', 100)}\n\n")), EventBytesMax);
        Assert.Equal(SseEventKind.TooLarge, (await reader.ReadAsync(default)).Kind);
        Assert.Equal(SseEventKind.TooLarge, (await reader.ReadAsync(default)).Kind);
    }

    [Fact]
    public async Task Stays_at_the_end()
    {
        using var reader = new SseReader(new MemoryStream("data: a"u8.ToArray()), EventBytesMax);
        Assert.Equal(SseEventKind.Data, (await reader.ReadAsync(default)).Kind);
        Assert.Equal(SseEventKind.End, (await reader.ReadAsync(default)).Kind);
        Assert.Equal(SseEventKind.End, (await reader.ReadAsync(default)).Kind);
    }

    [Fact]
    public async Task Tells_of_comments_and_empty_lines_where_it_would_wait()
    {
        // One byte at a time: there is always something to wait for.
        using var reader = new SseReader(new TornStream(": x\n\ndata: {\n: y\ndata: }\n\n"u8.ToArray(), _ => 1), EventBytesMax);
        List<SseEventKind> kinds = [];
        SseEvent read;
        do
        {
            read = await reader.ReadAsync(default);
            kinds.Add(read.Kind);
        }
        while (read.Kind == SseEventKind.LifeSign);
        Assert.Equal([SseEventKind.LifeSign, SseEventKind.LifeSign, SseEventKind.LifeSign, SseEventKind.Data], kinds);
        Assert.Equal("{\n}", Text(read));
    }

    [Fact]
    public async Task Never_counts_comments_between_events_against_the_limit()
    {
        var pings = string.Concat(Enumerable.Repeat(": still here\n\n", 2_000));
        Assert.Equal("a|b|end", await ReadAll(Encoding.UTF8.GetBytes($"data: a\n\n{pings}data: b\n\n"), _ => 100));
    }

    [Fact]
    public async Task Grows_for_an_event_beyond_its_first_buffer_and_reads_on()
    {
        var large = new string('x', 300_000);
        using var reader = new SseReader(new TornStream(Encoding.UTF8.GetBytes($"data: a\n\ndata: {large}\ndata: {large}\n\ndata: b\n\n"), _ => 3_000), 1_000_000);
        Assert.Equal("a", Text(await reader.ReadAsync(default)));
        Assert.Equal($"{large}\n{large}", Text(await reader.ReadAsync(default)));
        Assert.Equal("b", Text(await reader.ReadAsync(default)));
        Assert.Equal(SseEventKind.End, (await reader.ReadAsync(default)).Kind);
    }

    [Fact]
    public async Task Allocates_nothing_for_events_that_are_there()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: {\"id\":1}\n\n", 1_000)));
        using var reader = new SseReader(new MemoryStream(bytes), EventBytesMax);
        await reader.ReadAsync(default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 900; i++)
        {
            var read = reader.ReadAsync(default);
            Assert.True(read.IsCompletedSuccessfully);
            await read;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_096);
    }

    [Fact]
    public async Task Lets_failures_of_the_stream_through()
    {
        using var reader = new SseReader(new TornStream("data: a"u8.ToArray(), _ => throw new IOException("reset")), EventBytesMax);
        await Assert.ThrowsAsync<IOException>(async () => await reader.ReadAsync(default));
    }

    [Fact]
    public async Task Can_be_cancelled()
    {
        using var reader = new SseReader(new TornStream("data: a"u8.ToArray(), _ => 1), EventBytesMax);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(new CancellationToken(canceled: true)));
    }

    private static async Task<string> ReadAll(byte[] bytes, Func<int, int> pieceAt)
    {
        List<string> seen = [];
        using var reader = new SseReader(new TornStream(bytes, pieceAt), EventBytesMax);
        while (true)
        {
            var read = await reader.ReadAsync(default);
            if (read.Kind == SseEventKind.LifeSign) continue;
            if (read.Kind == SseEventKind.Data) seen.Add(Text(read) + (read.IsNamedError ? "*" : "") + (read.IsDone ? "!" : ""));
            else seen.Add(read.Kind == SseEventKind.End ? "end" : "too large");
            if (read.Kind != SseEventKind.Data) return string.Join('|', seen);
        }
    }

    private static string Text(SseEvent read) => Encoding.UTF8.GetString(read.Data.Span);
}
