using Bifrost.Calls.Contracts;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Tests.Pipeline;

public class LeavingClientTests
{
    public static TheoryData<string> WaysToLeave => new("dispose", "cancelled read", "abort, then dispose", "abort and cancelled read");

    [Theory]
    [MemberData(nameof(WaysToLeave))]
    public async Task A_left_stream_is_drained_and_settles_with_the_upstreams_usage(string way)
    {
        await using var rig = new PipelineRig();
        var body = new FakeStreamBody();
        rig.P.Then(Replies.Stream(body));
        using var client = new CancellationTokenSource();
        var events = (ChatEvents)await rig.RunAsync(stream: true, client: client.Token);
        body.Text("first");
        await events.ReadAsync(client.Token);

        await LeaveAsync(events, client, way);
        Assert.Empty(rig.Key.Settlements);
        Assert.Equal(1, rig.Pipeline.Drains.Count);
        body.Text("second").Usage(10, 5).Done();
        await rig.SettledAsync();
        await body.Disposed.InTimeAsync();

        var settled = rig.OnlySettlement;
        Assert.Equal(
            (AttemptOutcome.Abandoned, 15L, 20_000L, false, 200),
            (settled.Outcome, settled.Usage.TotalTokens, settled.CostNanos, settled.Estimated, settled.Status));
    }

    [Fact]
    public async Task A_left_stream_of_a_provider_that_stops_is_cut_off_after_the_drain_limit()
    {
        await using var rig = new PipelineRig { Configure = PipelineRig.Closing(ClosingRule.Stops) };
        var body = new FakeStreamBody().Text(new string('y', 100));
        rig.P.Then(Replies.Stream(body));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);

        await events.DisposeAsync();
        body.Text(new string('z', 100));
        rig.Time.Advance(TimeSpan.FromMilliseconds(59_999));
        Assert.Empty(rig.Key.Settlements);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        await rig.SettledAsync();
        await body.Disposed.InTimeAsync();

        Assert.Equal((AttemptOutcome.Abandoned, true), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated));
    }

    /// <summary>After the drain limit such a stream was closed, and the provider went on and billed the rest.</summary>
    [Fact]
    public async Task A_left_stream_of_a_provider_that_runs_on_is_read_to_its_end()
    {
        await using var rig = new PipelineRig { Configure = PipelineRig.Closing(ClosingRule.RunsOn) };
        var body = new FakeStreamBody().Text("first");
        rig.P.Then(Replies.Stream(body));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);

        await events.DisposeAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(500));
        Assert.Empty(rig.Key.Settlements);
        body.Usage(10, 5).Done();
        await rig.SettledAsync();

        Assert.Equal((AttemptOutcome.Abandoned, 20_000L, false), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos, rig.OnlySettlement.Estimated));
    }

    [Fact]
    public async Task A_left_stream_of_a_provider_that_runs_on_books_its_whole_hold_at_the_end_of_the_requests_time()
    {
        await using var rig = new PipelineRig();
        rig.Key.Issue = ticket => ticket with
        {
            HoldNanos = 70_000_000, Bound = new TokenUsage { PromptTokens = 1_000, CompletionTokens = 30_000 },
        };
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("first")));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);

        await events.DisposeAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(600_999));
        Assert.Empty(rig.Key.Settlements);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        await rig.SettledAsync();

        var settled = rig.OnlySettlement;
        Assert.Equal((1_000L, 30_000L, 70_000_000L, true), (settled.Usage.PromptTokens, settled.Usage.CompletionTokens, settled.CostNanos, settled.Estimated));
    }

    [Theory]
    [InlineData(ClosingRule.Free, false)]
    [InlineData(ClosingRule.Stops, true)]
    public async Task A_left_stream_is_closed_at_once_where_that_ends_it(ClosingRule rule, bool onLeave)
    {
        await using var rig = new PipelineRig { Configure = PipelineRig.Closing(rule, onLeave) };
        var body = new FakeStreamBody().Text("first");
        rig.P.Then(Replies.Stream(body));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);

        await events.DisposeAsync();
        await body.Disposed.InTimeAsync();
        await rig.SettledAsync();

        Assert.Equal((0, AttemptOutcome.Abandoned, true), (rig.Pipeline.Drains.Count, rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated));
    }

    [Fact]
    public async Task More_left_streams_than_may_be_drained_are_cut_off_at_once()
    {
        await using var rig = new PipelineRig { Options = new PipelineOptions { DrainsMax = 2 } };
        List<FakeStreamBody> bodies = [];
        rig.P.Then(_ =>
        {
            bodies.Add(new FakeStreamBody().Text("abc"));
            return Task.FromResult(Replies.Stream(bodies[^1]));
        });
        List<ChatEvents> streams = [];
        for (var i = 0; i < 3; i++) streams.Add((ChatEvents)await rig.RunAsync(stream: true));

        foreach (var events in streams)
        {
            await events.ReadAsync(default);
            await events.DisposeAsync();
        }

        await bodies[2].Disposed.InTimeAsync();
        Assert.Equal(2, rig.Pipeline.Drains.Count);
        Assert.Equal((AttemptOutcome.Abandoned, true), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated));
        bodies[0].Usage(10, 5).Done();
        bodies[1].Fails(FailureKind.Timeout);
        await rig.SettledAsync();

        Assert.Equal([true, false, true], rig.Key.Settlements.Select(s => s.Estimated));
        Assert.Equal([4_096, 5, 4_096], rig.Key.Settlements.Select(s => s.Usage.CompletionTokens));
        Assert.All(rig.Key.Settlements, s => Assert.Equal(AttemptOutcome.Abandoned, s.Outcome));
    }

    [Fact]
    public void One_keys_left_streams_leave_drains_for_other_keys()
    {
        var gate = new DrainGate(drainsMax: 3, drainsPerKeyMax: 2, watch: null);
        List<CallLifetime> calls = [Of("a"), Of("a"), Of("a"), Of("b"), Of("b")];
        Assert.Equal([true, true, false, true, false], calls.Select(gate.TryEnter));
        gate.Leave(calls[0]);
        Assert.True(gate.TryEnter(calls[4]));
        foreach (var call in calls) call.Dispose();

        CallLifetime Of(string key) => new(key, gate, new PipelineOptions(), new FakeTimeProvider(), CancellationToken.None);
    }

    [Fact]
    public async Task Leaving_after_the_end_mark_changes_nothing()
    {
        await using var rig = new PipelineRig();
        var body = new FakeStreamBody().Text("a").Usage(10, 5).Done();
        rig.P.Then(Replies.Stream(body));

        // The usage chunk was read, the end mark was not.
        var events = (ChatEvents)await rig.RunAsync(stream: true, includeUsage: true);
        await events.ReadAsync(default);
        await events.ReadAsync(default);
        await events.DisposeAsync();

        Assert.Equal((AttemptOutcome.Completed, 20_000L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos));
        Assert.True(body.Disposed.IsCompleted);
    }

    [Fact]
    public async Task A_plain_call_whose_client_leaves_goes_on_and_settles_with_its_usage()
    {
        await using var rig = new PipelineRig();
        var upstream = new TaskCompletionSource<ProviderReply>();
        rig.P.Then(_ => upstream.Task);
        using var client = new CancellationTokenSource();
        var running = rig.RunAsync(client: client.Token, fallbacks: ["q/m"]);

        await client.CancelAsync();
        var call = Assert.Single(rig.P.Calls);
        Assert.True(call.AbortUnsent.IsCancellationRequested);
        Assert.False(call.Abort.IsCancellationRequested);
        Assert.False(running.IsCompleted);
        upstream.SetResult(Replies.Json(Replies.Completion));
        var failure = Assert.IsType<ChatFailure>(await running);

        Assert.Equal(499, failure.Error.Status);
        Assert.Equal((AttemptOutcome.Abandoned, 20_000L, false), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos, rig.OnlySettlement.Estimated));
    }

    /// <summary>What the end of a connection means is known of streams only.</summary>
    [Theory]
    [InlineData(ClosingRule.RunsOn)]
    [InlineData(ClosingRule.Stops)]
    [InlineData(ClosingRule.Free)]
    public async Task A_plain_call_whose_client_leaves_goes_on_until_the_requests_time_is_over(ClosingRule rule)
    {
        await using var rig = new PipelineRig { Configure = PipelineRig.Closing(rule, onLeave: true) };
        rig.P.Then(CutOffAsync);
        using var client = new CancellationTokenSource();
        var running = rig.RunAsync(client: client.Token);

        await client.CancelAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(600));
        Assert.False(running.IsCompleted);
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.IsType<ChatFailure>(await running);
        Assert.Equal(
            (AttemptOutcome.Unknown, true, (116 * 1_000L) + (4_096 * 2_000L)),
            (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated, rig.OnlySettlement.CostNanos));
    }

    [Fact]
    public async Task A_client_that_left_before_the_dispatch_costs_nothing()
    {
        await using var rig = new PipelineRig();
        using var client = new CancellationTokenSource();
        rig.Key.OnAdmit = _ => client.Cancel();

        Assert.IsType<ChatFailure>(await rig.RunAsync(client: client.Token));

        Assert.Empty(rig.P.Calls);
        Assert.Equal((AttemptOutcome.NotSent, 0L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos));
    }

    [Fact]
    public async Task A_client_that_left_before_anything_is_not_admitted()
    {
        await using var rig = new PipelineRig();

        Assert.IsType<ChatFailure>(await rig.RunAsync(client: new CancellationToken(canceled: true)));

        Assert.Empty(rig.Key.Admits);
    }

    [Fact]
    public async Task A_stream_that_opens_for_a_client_that_left_is_drained()
    {
        await using var rig = new PipelineRig();
        var upstream = new TaskCompletionSource<ProviderReply>();
        rig.P.Then(_ => upstream.Task);
        using var client = new CancellationTokenSource();
        var running = rig.RunAsync(stream: true, client: client.Token);
        await client.CancelAsync();

        upstream.SetResult(Replies.Stream(new FakeStreamBody().Text("a").Usage(10, 5).Done()));

        Assert.IsType<ChatFailure>(await running);
        await rig.SettledAsync();
        Assert.Equal((AttemptOutcome.Abandoned, 20_000L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.CostNanos));
    }

    [Fact]
    public async Task A_stop_cuts_off_what_is_drained_at_half_of_its_limit()
    {
        await using var rig = new PipelineRig();
        var body = new FakeStreamBody().Text("a");
        rig.P.Then(Replies.Stream(body));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        await events.DisposeAsync();

        var stopping = rig.Pipeline.DrainAsync(TimeSpan.FromSeconds(10));
        rig.Time.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.False(body.Disposed.IsCompleted);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(0, await stopping.InTimeAsync());
        Assert.True(rig.OnlySettlement.Estimated);
    }

    private static async Task LeaveAsync(ChatEvents events, CancellationTokenSource client, string way)
    {
        if (way == "dispose")
        {
            await events.DisposeAsync();
            return;
        }

        var read = way == "abort, then dispose" ? null : events.ReadAsync(client.Token).AsTask();
        await client.CancelAsync();
        if (read is not null) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        if (way != "cancelled read") await events.DisposeAsync();
    }

    private static async Task<ProviderReply> CutOffAsync(ProviderCall call)
    {
        var cut = new TaskCompletionSource();
        await using var _ = call.Abort.Register(cut.SetResult);
        await cut.Task;
        return Replies.Failure(FailureKind.Aborted, 0, sent: true);
    }
}
