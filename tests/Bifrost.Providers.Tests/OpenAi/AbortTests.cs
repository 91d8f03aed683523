using Bifrost.Core.Providers;
using Bifrost.Providers.OpenAi;
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
        var reply = await sending.WaitAsync(Tries.Patience);
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
        await using var stream = Tries.Opened(await Tries.SendAsync(simulator.Address, Tries.Call("sim-paced-10x20ms", stream: true)));
        var (text, left) = (new List<string>(), 0);
        while (true)
        {
            using var impatient = new CancellationTokenSource();
            var reading = stream.ReadAsync(impatient.Token);
            await impatient.CancelAsync();
            StreamEvent next;
            try
            {
                next = await reading;
            }
            catch (OperationCanceledException exception)
            {
                Assert.Equal(impatient.Token, exception.CancellationToken);
                left++;
                next = await stream.ReadAsync(CancellationToken.None);
            }
            if (next.Kind == StreamEventKind.Chunk) text.Add(System.Text.Encoding.UTF8.GetString(next.Json.Span));
            else
            {
                Assert.Equal(StreamEventKind.Done, next.Kind);
                break;
            }
        }
        Assert.True(left > 0);
        Assert.Equal(80, Tries.TextOf(text).Length);
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
            await Task.WhenAll(streams).WaitAsync(Tries.Patience);
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
