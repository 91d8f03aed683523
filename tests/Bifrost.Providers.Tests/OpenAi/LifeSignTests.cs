using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>
/// Comments and empty lines put off the limits of the first chunk and of silence, and no others; chunks without content are held back until content
/// comes, for two seconds at most. The clock is moved by the test alone.
/// </summary>
public class LifeSignTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    private const string Role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    private const string Chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
    private const string Error = "data: {\"error\":{\"message\":\"died\",\"code\":500}}\n\n";

    private readonly CountingTime _time = new();

    [Theory]
    [InlineData(": keep-alive\n\n")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("event: ping\n\n")]
    [InlineData("data: {\"type\":\"ping\"}\n\n")]
    public async Task Put_off_the_wait_for_the_first_chunk_and_for_the_next(string sign)
    {
        using var due = new SemaphoreSlim(0);
        await using var upstream = RawUpstream.SayingInSteps(due, [Head + sign, sign, sign, sign, Chunk, sign, sign, sign, Chunk + "data: [DONE]\n\n"]);
        var sending = SendAsync(upstream);
        await upstream.RequestReceivedAsync();
        for (var i = 0; i < 4; i++)
        {
            await ArmedByAsync(() => due.Release());
            _time.Advance(TimeSpan.FromSeconds(25));
            Assert.False(sending.IsCompleted);
        }

        due.Release();
        await using var stream = Tries.Opened(await sending.InTimeAsync());
        await stream.ReadAsync(CancellationToken.None);
        var next = Task.CompletedTask as Task;
        await ArmedByAsync(() => next = stream.ReadAsync(CancellationToken.None).AsTask());
        for (var i = 0; i < 3; i++)
        {
            await ArmedByAsync(() => due.Release());
            _time.Advance(TimeSpan.FromSeconds(19));
            Assert.False(next.IsCompleted);
        }

        due.Release();
        Assert.Equal(StreamEventKind.Chunk, (await ((Task<StreamEvent>)next).InTimeAsync()).Kind);
    }

    [Fact]
    public async Task Say_what_was_missing_when_they_end()
    {
        await using var upstream = RawUpstream.SayingAndStaying(Head + ": keep-alive\n\n");
        var sending = Task.CompletedTask as Task;
        await ArmedByAsync(() => sending = SendAsync(upstream), times: 2);
        _time.Advance(TimeSpan.FromSeconds(30));
        var failure = (await ((Task<ProviderReply>)sending).InTimeAsync()).Failure!;
        Assert.Equal(FailureKind.Timeout, failure.Kind);
        Assert.DoesNotContain("sent nothing", failure.Message, StringComparison.Ordinal);
        Assert.Contains("sign of life", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_put_off_the_whole_request()
    {
        using var due = new SemaphoreSlim(0);
        await using var upstream = RawUpstream.SayingInSteps(due, [Head + ": a\n", ": b\n", ": c\n", ""]);
        var sending = SendAsync(upstream, remainingMs: 50_000);
        await upstream.RequestReceivedAsync();
        for (var i = 0; i < 2; i++)
        {
            await ArmedByAsync(() => due.Release());
            Assert.False(sending.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(25));
        }

        Assert.Contains("whole request", (await sending.InTimeAsync()).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_put_off_the_first_token()
    {
        using var due = new SemaphoreSlim(0);
        await using var upstream = RawUpstream.SayingInSteps(due, [Head + ": a\n", ": b\n", ": c\n", ""]);
        var sending = SendAsync(upstream, configure: provider => provider with { FirstTokenTimeoutMs = 40_000 });
        await upstream.RequestReceivedAsync();
        for (var i = 0; i < 2; i++)
        {
            await ArmedByAsync(() => due.Release());
            Assert.False(sending.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Contains("no token within 40000 ms", (await sending.InTimeAsync()).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limit_of_the_first_token_ends_with_it()
    {
        using var due = new SemaphoreSlim(1);
        await using var upstream = RawUpstream.SayingInSteps(due, [Head + Chunk, ": a\n", ": b\n", ": c\n", Chunk + "data: [DONE]\n\n"]);
        var sending = SendAsync(upstream, configure: provider => provider with { FirstTokenTimeoutMs = 40_000 });
        await using var stream = Tries.Opened(await sending.InTimeAsync());
        await stream.ReadAsync(CancellationToken.None);
        var next = Task.CompletedTask as Task;
        await ArmedByAsync(() => next = stream.ReadAsync(CancellationToken.None).AsTask());
        for (var i = 0; i < 3; i++)
        {
            await ArmedByAsync(() => due.Release());
            _time.Advance(TimeSpan.FromSeconds(19));
            if (next.IsCompleted) break;
        }

        due.Release();
        Assert.Equal(StreamEventKind.Chunk, (await ((Task<StreamEvent>)next).InTimeAsync()).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Role)]
    [InlineData(Role + Role)]
    [InlineData("data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":0}}\n\n")]
    public async Task An_error_before_content_is_a_failure_before_the_first_byte(string before)
    {
        await using var upstream = RawUpstream.Saying(Head + before + Error);
        var failure = (await SendAsync(upstream).InTimeAsync()).Failure!;
        Assert.Equal((500, "died", true), (failure.Status, failure.Message, failure.FromProvider));
        Assert.Equal(before.Contains("prompt_tokens", StringComparison.Ordinal) ? 5 : null, failure.Usage?.PromptTokens);
    }

    [Fact]
    public async Task What_is_held_back_comes_first_and_unchanged()
    {
        await using var upstream = RawUpstream.Saying(Head + Role + Role + Chunk + Role + "data: [DONE]\n\n");
        await using var stream = (ScannedStream)Tries.Opened(await SendAsync(upstream).InTimeAsync());
        foreach (var (expected, content) in new[] { (Role, 0), (Role, 0), (Chunk, 1), (Role, 0) })
        {
            var next = await stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync();
            Assert.Equal(expected, $"data: {System.Text.Encoding.UTF8.GetString(next.Json.Span)}\n\n");
            Assert.Equal(content, stream.Shape.Content.All);
        }

        Assert.Equal(StreamEventKind.Done, (await stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync()).Kind);
    }

    [Fact]
    public async Task What_is_held_back_is_sent_after_two_seconds()
    {
        using var due = new SemaphoreSlim(1);
        await using var upstream = RawUpstream.SayingInSteps(due, [Head + Role, Error, ""]);
        var sending = SendAsync(upstream);

        // Its hold is the clock's own timer, made once the role has come.
        await Eventually.UntilAsync(() => _time.Timers >= 2);
        _time.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.False(sending.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await using var stream = Tries.Opened(await sending.InTimeAsync());
        due.Release();
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Single(chunks);
        Assert.Equal("died", last.Failure!.Message);
    }

    [Fact]
    public async Task No_more_is_held_back_than_there_is_room_for()
    {
        var role = Role.Replace("{\"choices\"", $"{{\"pad\":\"{new string('x', 30_000)}\",\"choices\"", StringComparison.Ordinal);
        await using var upstream = RawUpstream.SayingAndStaying(Head + role + role + role);
        await using var stream = Tries.Opened(await SendAsync(upstream).InTimeAsync());
        Assert.Equal(StreamEventKind.Chunk, (await stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync()).Kind);
    }

    [Fact]
    public async Task An_answer_of_nothing_is_an_answer()
    {
        await using var upstream = RawUpstream.Saying(Head + Role + "data: [DONE]\n\n");
        await using var stream = Tries.Opened(await SendAsync(upstream).InTimeAsync());
        var (chunks, last) = await Tries.ReadAllAsync(stream);
        Assert.Equal((1, StreamEventKind.Done), (chunks.Count, last.Kind));
    }

    private Task<ProviderReply> SendAsync(RawUpstream upstream, long remainingMs = 600_000, Func<Provider, Provider>? configure = null)
    {
        var provider = Tries.ProviderAt(upstream.Address) with { FirstByteTimeoutMs = 30_000, StreamIdleTimeoutMs = 20_000 };
        return new OpenAiDialect(_time, new ProviderLimits()).SendAsync(
            new UpstreamTarget { Provider = configure?.Invoke(provider) ?? provider, RemainingMs = remainingMs }, Tries.Call("m", stream: true));
    }

    /// <summary>Does something, and waits until limits were armed because of it.</summary>
    private async Task ArmedByAsync(Action act, int times = 1)
    {
        var before = _time.Armed;
        act();
        await Eventually.UntilAsync(() => _time.Armed >= before + times);
    }

    /// <summary>A fake clock that counts how often a timer was set for a time.</summary>
    private sealed class CountingTime : FakeTimeProvider
    {
        private int _armed;
        private int _timers;

        public int Armed => Volatile.Read(ref _armed);

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _timers);
            return new Counted(this, base.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class Counted(CountingTime clock, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                var changed = timer.Change(dueTime, period);
                if (dueTime > TimeSpan.Zero) Interlocked.Increment(ref clock._armed);
                return changed;
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
