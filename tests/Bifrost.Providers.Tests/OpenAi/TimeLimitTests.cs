using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>Every limit fires when its time has come and not before, on a clock that only the test moves.</summary>
public class TimeLimitTests
{
    private const string StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    private const string Chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";

    private readonly FakeTimeProvider _time = new();
    private readonly OpenAiDialect _dialect;

    public TimeLimitTests() => _dialect = new OpenAiDialect(_time, new ProviderLimits());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ends_a_try_that_gets_no_answer_within_the_first_byte_limit(bool stream)
    {
        await using var upstream = RawUpstream.SayingAndStaying("");
        var reply = await FiresAfterAsync(upstream, Call(stream), 60_000, 30_000);
        Assert.Contains("30000 ms", reply.Failure!.Message);
        Assert.True(reply.Sent);
    }

    [Fact]
    public async Task Ends_a_stream_whose_headers_came_but_no_first_event()
    {
        await using var upstream = RawUpstream.SayingAndStaying(StreamHead);
        await FiresAfterAsync(upstream, Call(stream: true), 60_000, 30_000);
    }

    [Fact]
    public async Task Ends_a_plain_answer_that_stalls_in_its_middle()
    {
        // Nobody tells when the headers have been taken and the wait for the body begins: so the first limit is out of reach, and the
        // clock runs in small steps until the second one fires.
        await using var upstream = RawUpstream.SayingAndStaying(RawUpstream.Answer("application/json", "{\"choices\":", 500));
        var provider = Tries.ProviderAt(upstream.Address) with { FirstByteTimeoutMs = int.MaxValue, StreamIdleTimeoutMs = 20_000 };
        var sending = _dialect.SendAsync(new UpstreamTarget { Provider = provider, RemainingMs = long.MaxValue }, Call(stream: false));
        await upstream.RequestReceivedAsync();
        await Eventually.RepeatAsync(() => _time.Advance(TimeSpan.FromMilliseconds(100)), () => sending.IsCompleted);
        var reply = await sending;
        Assert.Contains("20000 ms", reply.Failure!.Message);
        Assert.Equal((FailureKind.Timeout, 504, 200), (reply.Failure!.Kind, reply.Failure.Status, reply.Status));
    }

    [Fact]
    public async Task Ends_a_try_when_the_whole_requests_time_is_up()
    {
        await using var upstream = RawUpstream.SayingAndStaying("");
        var reply = await FiresAfterAsync(upstream, Call(stream: false), 10_000, 10_000);
        Assert.Contains("whole request", reply.Failure!.Message);
    }

    [Fact]
    public async Task Ends_a_stream_that_stalls_at_the_idle_limit_and_not_before()
    {
        await using var upstream = RawUpstream.SayingAndStaying(StreamHead + Chunk + Chunk);
        await using var stream = await OpenAsync(upstream, 600_000);
        Assert.Equal(StreamEventKind.Chunk, (await ReadAsync(stream)).Kind);
        Assert.Equal(StreamEventKind.Chunk, (await ReadAsync(stream)).Kind);

        var stalled = stream.ReadAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMilliseconds(19_999));
        Assert.False(stalled.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var last = await stalled.AsTask().InTimeAsync();
        Assert.Equal((StreamEventKind.Failed, FailureKind.Timeout, 504), (last.Kind, last.Failure!.Kind, last.Failure.Status));
        Assert.Contains("20000 ms", last.Failure.Message);
    }

    [Fact]
    public async Task Ends_a_stream_at_the_limit_of_the_whole_request_however_lively_it_is()
    {
        await using var upstream = RawUpstream.SayingAndStaying(StreamHead + Chunk);
        await using var stream = await OpenAsync(upstream, 25_000);
        await ReadAsync(stream);
        _time.Advance(TimeSpan.FromSeconds(15));
        var waiting = stream.ReadAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var last = await waiting.AsTask().InTimeAsync();
        Assert.Equal(FailureKind.Timeout, last.Failure?.Kind);
        Assert.Contains("whole request", last.Failure!.Message);
    }

    [Fact]
    public async Task Holds_a_slow_reader_s_time_against_nobody()
    {
        await using var upstream = RawUpstream.Saying(StreamHead + Chunk + Chunk + "data: [DONE]\n\n");
        await using var stream = await OpenAsync(upstream, 600_000);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(StreamEventKind.Chunk, (await ReadAsync(stream)).Kind);
            _time.Advance(TimeSpan.FromSeconds(100));
        }
        Assert.Equal(StreamEventKind.Done, (await ReadAsync(stream)).Kind);
    }

    [Fact]
    public async Task Makes_no_call_when_no_time_is_left()
    {
        await using var upstream = RawUpstream.Saying("");
        var reply = await _dialect.SendAsync(Target(upstream, remainingMs: 0), Call(stream: false)).InTimeAsync();
        Assert.Equal((FailureKind.Timeout, false, 0), (reply.Failure!.Kind, reply.Sent, upstream.Connections));
    }

    [Fact]
    public async Task Gives_up_a_connection_that_is_never_agreed_on()
    {
        // The one limit that is the socket handler's own, hence on real time: a listener that accepts and never answers the TLS greeting.
        await using var upstream = RawUpstream.SayingAndStaying("");
        var provider = new Provider { Name = "tls", BaseUrl = new Uri($"https://127.0.0.1:{upstream.Address.Port}"), ConnectTimeoutMs = 200 };
        var reply = await Tries.Dialect.SendAsync(Tries.Target(provider), Call(stream: false)).InTimeAsync();
        Assert.Equal((FailureKind.Timeout, 504, false), (reply.Failure!.Kind, reply.Failure.Status, reply.Sent));
    }

    [Fact]
    public async Task Fails_to_connect_where_nobody_listens()
    {
        Uri address;
        await using (var gone = RawUpstream.Saying("")) address = gone.Address;
        var reply = await Tries.SendAsync(address, Call(stream: false));
        Assert.Equal((FailureKind.Connect, 502, false), (reply.Failure!.Kind, reply.Failure.Status, reply.Sent));
        Assert.DoesNotContain("127.0.0.1", reply.Failure.Message);
    }

    [Fact]
    public async Task Fails_to_connect_to_a_name_that_does_not_exist()
    {
        var reply = await Tries.SendAsync(new Uri("http://no-such-host.invalid:9"), Call(stream: false));
        Assert.Equal((FailureKind.Connect, false), (reply.Failure!.Kind, reply.Sent));
    }

    private async Task<ProviderReply> FiresAfterAsync(RawUpstream upstream, ProviderCall call, long remainingMs, long limitMs)
    {
        var sending = _dialect.SendAsync(Target(upstream, remainingMs), call);
        await upstream.RequestReceivedAsync();
        _time.Advance(TimeSpan.FromMilliseconds(limitMs - 1));
        Assert.False(sending.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var reply = await sending.InTimeAsync();
        Assert.Equal((FailureKind.Timeout, 504, false), (reply.Failure!.Kind, reply.Failure.Status, reply.Failure.FromProvider));
        return reply;
    }

    private async Task<StreamBody> OpenAsync(RawUpstream upstream, long remainingMs) =>
        Tries.Opened(await _dialect.SendAsync(Target(upstream, remainingMs), Call(stream: true)).InTimeAsync());

    private static Task<StreamEvent> ReadAsync(StreamBody stream) => stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync();

    private static ProviderCall Call(bool stream) => Tries.Call("m", stream);

    private static UpstreamTarget Target(RawUpstream upstream, long remainingMs) => new()
    {
        Provider = Tries.ProviderAt(upstream.Address) with { FirstByteTimeoutMs = 30_000, StreamIdleTimeoutMs = 20_000 },
        RemainingMs = remainingMs,
    };
}
