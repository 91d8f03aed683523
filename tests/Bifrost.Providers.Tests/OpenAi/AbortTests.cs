using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

public class AbortTests(SimulatorFixture simulator)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ends_a_try_at_once_when_the_caller_leaves(bool stream)
    {
        await using var upstream = RawUpstream.SayingAndStaying("");
        using var leaving = new CancellationTokenSource();
        var sending = Tries.Dialect.SendAsync(Tries.TargetAt(upstream.Address), Tries.Call("m", stream) with { Abort = leaving.Token });
        await upstream.RequestReceivedAsync();
        await leaving.CancelAsync();
        var reply = await sending.InTimeAsync();
        Assert.Equal((FailureKind.Aborted, 499, true), (reply.Failure!.Kind, reply.Failure.Status, reply.Sent));
    }

    [Fact]
    public async Task Makes_no_call_for_a_caller_that_has_left()
    {
        await using var upstream = RawUpstream.Saying("");
        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m") with { Abort = new CancellationToken(canceled: true) });
        Assert.Equal((FailureKind.Aborted, false, 0), (reply.Failure!.Kind, reply.Sent, upstream.Connections));
    }

    [Fact]
    public async Task Ends_a_stream_as_failed_when_the_call_is_aborted()
    {
        using var leaving = new CancellationTokenSource();
        await using var stream = Tries.Opened(await Tries.SendAsync(simulator.Address, Tries.Call("sim-words-9-stall-after-3", stream: true) with { Abort = leaving.Token }));
        var reading = Tries.ReadAllAsync(stream);
        await leaving.CancelAsync();
        Assert.Equal(FailureKind.Aborted, (await reading).Last.Failure?.Kind);
    }

    [Fact]
    public async Task Goes_on_after_a_reader_stopped_waiting()
    {
        using var due = new SemaphoreSlim(1);
        await using var upstream = RawUpstream.SayingInSteps(
            due, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + Chunk(0), Chunk(1), Chunk(2), "data: [DONE]\n\n");
        await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
        var ids = new List<string> { await NextAsync(stream) };
        for (var i = 0; i < 3; i++)
        {
            for (var reader = 0; reader < 2; reader++)
            {
                using var leaving = new CancellationTokenSource();
                var reading = stream.ReadAsync(leaving.Token).AsTask();
                await leaving.CancelAsync();
                var left = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.InTimeAsync());
                Assert.Equal(leaving.Token, left.CancellationToken);
            }
            due.Release();
            ids.Add(await NextAsync(stream));
        }
        Assert.Equal([Id(0), Id(1), Id(2), "Done"], ids);

        static string Id(int chunk) => $"{{\"id\":\"{chunk}\",\"choices\":[]}}";

        static string Chunk(int chunk) => $"data: {Id(chunk)}\n\n";

        static async Task<string> NextAsync(StreamBody stream)
        {
            var next = await stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync();
            return next.Kind == StreamEventKind.Chunk ? System.Text.Encoding.UTF8.GetString(next.Json.Span) : next.Kind.ToString();
        }
    }

    [Fact]
    public async Task Sends_nothing_for_a_caller_that_leaves_while_the_connection_is_made()
    {
        // A TLS greeting that is never answered: the connection is not there yet.
        await using var upstream = RawUpstream.SayingAndStaying("");
        var provider = new Provider { Name = "tls-left", BaseUrl = new Uri($"https://127.0.0.1:{upstream.Address.Port}"), ConnectTimeoutMs = 60_000 };
        using var leaving = new CancellationTokenSource();
        var sending = Tries.Dialect.SendAsync(Tries.Target(provider), Tries.Call("m") with { AbortUnsent = leaving.Token });
        await leaving.CancelAsync();
        var reply = await sending.InTimeAsync();
        Assert.Equal((FailureKind.Aborted, 499, false), (reply.Failure!.Kind, reply.Failure.Status, reply.Sent));
    }

    [Fact]
    public async Task Goes_on_with_what_was_sent_when_only_unsent_calls_are_aborted()
    {
        using var due = new SemaphoreSlim(0);
        await using var upstream = RawUpstream.SayingInSteps(due, RawUpstream.Answer("application/json", """{"choices":[]}"""));
        using var leaving = new CancellationTokenSource();
        var sending = Tries.Dialect.SendAsync(Tries.TargetAt(upstream.Address), Tries.Call("m") with { AbortUnsent = leaving.Token });
        await upstream.RequestReceivedAsync();
        await leaving.CancelAsync();
        due.Release();
        var reply = await sending.InTimeAsync();
        Assert.Null(reply.Failure);
        await reply.Body!.DisposeAsync();
    }

    [Fact]
    public async Task Closes_the_connection_of_a_stream_that_is_left_early()
    {
        await using var upstream = RawUpstream.SayingForEver("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"choices\":[]}\n\n");
        for (var i = 1; i <= 3; i++)
        {
            // The upstream serves one connection after the other: the next one is served only if the one before was closed.
            await using var stream = Tries.Opened(await Tries.SendAsync(upstream.Address, Tries.Call("m", stream: true)));
            Assert.Equal(i, upstream.Connections);
        }
    }

    [Fact]
    public async Task Leaves_no_slot_behind_when_a_thousand_streams_are_left_at_any_moment()
    {
        var watcher = new Watcher();
        var target = Tries.Target(Tries.ProviderAt(simulator.Address), watcher: watcher);
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            var streams = new List<Task>();
            for (var i = 0; i < 50; i++) streams.Add(LeaveAsync(target, random.Next(6), random.Next(2) == 0));
            await Task.WhenAll(streams).InTimeAsync();
        }
        Assert.Equal(1_000, watcher.Ended);
    }

    private static async Task LeaveAsync(UpstreamTarget target, int chunks, bool whileReading)
    {
        await Task.Yield();
        var stream = Tries.Opened(await Tries.Dialect.SendAsync(target, Tries.Call("sim-words-5-stall-after-4", stream: true)));
        for (var i = 0; i < chunks && i < 4; i++) Assert.Equal(StreamEventKind.Chunk, (await stream.ReadAsync(CancellationToken.None)).Kind);
        if (whileReading && chunks > 4)
        {
            using var leaving = new CancellationTokenSource();
            var reading = stream.ReadAsync(leaving.Token).AsTask();
            await leaving.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await stream.DisposeAsync();
        await stream.DisposeAsync();
    }

    private sealed class Watcher : IStreamWatcher
    {
        private int _ended;

        public int Ended => Volatile.Read(ref _ended);

        public void StreamEnded(ProviderFailure? failure)
        {
            Assert.Null(failure);
            Interlocked.Increment(ref _ended);
        }
    }
}
