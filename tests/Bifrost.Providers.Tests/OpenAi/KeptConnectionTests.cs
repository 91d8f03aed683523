using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>Upstreams that close a connection after an answer without saying so: every second call failed, and was booked as if it had run.</summary>
public class KeptConnectionTests
{
    private const string Completion = """{"choices":[{"message":{"content":"x"}}]}""";
    private static readonly string s_answer = RawUpstream.Answer("application/json", Completion);

    [Fact]
    public async Task That_dies_before_any_byte_is_tried_once_more_on_a_fresh_one()
    {
        await using var upstream = RawUpstream.DyingKept(s_answer);
        for (var i = 0; i < 4; i++)
        {
            var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
            Assert.Null(reply.Failure);
            await reply.Body!.DisposeAsync();
        }

        // Each second call finds the kept one dead; the fresh ones are not kept.
        Assert.InRange(upstream.Connections, 3, 5);
    }

    /// <summary>Another kept one may be as dead.</summary>
    [Fact]
    public async Task That_dies_is_followed_by_a_fresh_one_not_by_the_next_that_was_kept()
    {
        using var due = new SemaphoreSlim(0);
        await using var upstream = RawUpstream.DyingKept(s_answer, due: due);
        var both = new[] { Tries.SendAsync(upstream.Address, Tries.Call("m")), Tries.SendAsync(upstream.Address, Tries.Call("m")) };
        foreach (var _ in both) await upstream.RequestReceivedAsync();
        due.Release(3);
        foreach (var sending in both) await (await sending).Body!.DisposeAsync();

        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
        Assert.Null(reply.Failure);
        await reply.Body!.DisposeAsync();
        Assert.Equal(3, upstream.Connections);
    }

    [Fact]
    public async Task That_dies_after_its_caller_left_is_not_tried_again()
    {
        using var left = new CancellationTokenSource();
        await using var upstream = RawUpstream.DyingKept(s_answer, onNext: left.Cancel);
        await (await Tries.SendAsync(upstream.Address, Tries.Call("m"))).Body!.DisposeAsync();

        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m") with { AbortUnsent = left.Token });
        Assert.NotNull(reply.Failure);
        Assert.Equal(1, upstream.Connections);
    }

    /// <summary>What did not take the request cannot bill it.</summary>
    [Fact]
    public async Task That_dies_where_no_fresh_one_can_be_had_sent_nothing()
    {
        RawUpstream? refusing = null;
        await using var upstream = RawUpstream.DyingKept(s_answer, onNext: () => refusing!.Refuse());
        refusing = upstream;
        await (await Tries.SendAsync(upstream.Address, Tries.Call("m"))).Body!.DisposeAsync();

        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.Connect, false), (reply.Failure!.Kind, reply.Sent));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("H")]
    public async Task That_dies_after_a_byte_is_not_tried_again(string lastBytes)
    {
        await using var upstream = RawUpstream.DyingKept(s_answer, lastBytes);
        var first = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
        await first.Body!.DisposeAsync();
        var second = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
        Assert.NotNull(second.Failure);
        Assert.True(second.Sent);
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task A_fresh_connection_that_dies_is_not_tried_again()
    {
        await using var upstream = RawUpstream.Saying("");
        var reply = await Tries.SendAsync(upstream.Address, Tries.Call("m"));
        Assert.Equal((FailureKind.Connect, true, 1), (reply.Failure!.Kind, reply.Sent, upstream.Connections));
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n", true, StreamEventKind.Done)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n", false, StreamEventKind.Failed)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n", true, StreamEventKind.Failed)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"x\"}}]}\n\n", true, StreamEventKind.Failed)]
    public async Task A_stream_without_an_end_mark_is_whole_only_where_that_is_set_and_each_choice_has_ended(string events, bool isSet, StreamEventKind expected)
    {
        await using var upstream = RawUpstream.Saying("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + events);
        var target = Tries.Target(Tries.ProviderAt(upstream.Address) with { EndsWithoutMark = isSet });
        await using var stream = Tries.Opened(await Tries.Dialect.SendAsync(target, Tries.Call("m", stream: true)).InTimeAsync());
        Assert.Equal(expected, (await Tries.ReadAllAsync(stream)).Last.Kind);
    }

    [Fact]
    public async Task A_stream_without_an_end_mark_in_which_no_choice_began_is_no_answer()
    {
        await using var upstream = RawUpstream.Saying("HTTP/1.1 200 OK\r\n\r\ndata: {\"choices\":[],\"prompt_filter_results\":[]}\n\n");
        var target = Tries.Target(Tries.ProviderAt(upstream.Address) with { EndsWithoutMark = true });
        var reply = await Tries.Dialect.SendAsync(target, Tries.Call("m", stream: true)).InTimeAsync();
        Assert.Equal(FailureKind.BadAnswer, reply.Failure?.Kind);
    }

    [Fact]
    public async Task A_stream_without_an_end_mark_that_is_cut_is_never_whole()
    {
        const string chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n";
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("text/event-stream", chunk, chunk.Length + 20));
        var target = Tries.Target(Tries.ProviderAt(upstream.Address) with { EndsWithoutMark = true });
        await using var stream = Tries.Opened(await Tries.Dialect.SendAsync(target, Tries.Call("m", stream: true)).InTimeAsync());
        Assert.Equal(StreamEventKind.Failed, (await Tries.ReadAllAsync(stream)).Last.Kind);
    }
}
