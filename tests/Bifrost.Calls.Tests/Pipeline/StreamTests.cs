using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Tests.Pipeline;

public class StreamTests
{
    [Fact]
    public async Task Numbers_and_times_the_chunks_and_keeps_usage_from_clients_that_did_not_ask()
    {
        await using var rig = new PipelineRig();
        var body = new FakeStreamBody();
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(25));
            return Task.FromResult(Replies.Stream(body));
        });

        await using var events = Assert.IsAssignableFrom<ChatEvents>(await rig.RunAsync(stream: true));
        body.Text("one");
        var first = Json.Of((await events.ReadAsync(default)).Json).GetProperty("extra_fields");
        rig.Time.Advance(TimeSpan.FromMilliseconds(15));
        body.Text("two");
        var second = Json.Of((await events.ReadAsync(default)).Json);
        Assert.Empty(rig.Key.Settlements);
        rig.Time.Advance(TimeSpan.FromMilliseconds(60));
        body.Usage(10, 5).Done();
        var end = await events.ReadAsync(default);

        Assert.Equal((0, 25L), (first.GetProperty("chunk_index").GetInt32(), first.GetProperty("latency").GetInt64()));
        Assert.Equal("chat_completion_stream", first.GetProperty("request_type").GetString());
        Assert.Equal(1, second.GetProperty("extra_fields").GetProperty("chunk_index").GetInt32());
        Assert.Equal(15, second.GetProperty("extra_fields").GetProperty("latency").GetInt64());
        Assert.Equal("two", second.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString());
        Assert.Equal(ChatEventKind.Done, end.Kind);
        var settled = rig.OnlySettlement;
        Assert.Equal(
            (AttemptOutcome.Completed, 15L, 20_000L, false, 200, 100L),
            (settled.Outcome, settled.Usage.TotalTokens, settled.CostNanos, settled.Estimated, settled.Status, settled.LatencyMs));
    }

    /// <summary>A chunk without choices goes out only for what the client is to see in it.</summary>
    [Theory]
    [InlineData("\"citations\":[\"https://a.example\"],", true)]
    [InlineData("", false)]
    public async Task Sources_beside_a_vendors_usage_go_out_with_empty_choices(string sources, bool isSent)
    {
        await using var rig = new PipelineRig();
        var usage = """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}""";
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("one").Chunk($$$"""{"id":"a",{{{sources}}}"x_groq":{"usage":{{{usage}}}}}""").Done()));
        await using var events = Assert.IsAssignableFrom<ChatEvents>(await rig.RunAsync(stream: true));
        await events.ReadAsync(default);
        var next = await events.ReadAsync(default);
        if (isSent)
        {
            var chunk = Json.Of(next.Json);
            Assert.Equal(("https://a.example", 0), (chunk.GetProperty("citations")[0].GetString(), chunk.GetProperty("choices").GetArrayLength()));
            next = await events.ReadAsync(default);
        }

        Assert.Equal(ChatEventKind.Done, next.Kind);
        Assert.Equal(15, rig.OnlySettlement.Usage.TotalTokens);
    }

    [Fact]
    public async Task A_reader_that_takes_longer_than_the_requests_time_is_cut_off()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("one").Text("two")));
        await using var events = Assert.IsAssignableFrom<ChatEvents>(await rig.RunAsync(stream: true));
        await events.ReadAsync(default);
        var upstreamMayEnd = Assert.Single(rig.P.Calls).Abort;

        // A second more than the limit, since the upstream's own one speaks first.
        rig.Time.Advance(TimeSpan.FromMilliseconds(600_999));
        Assert.False(upstreamMayEnd.IsCancellationRequested);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(upstreamMayEnd.IsCancellationRequested);
    }

    [Fact]
    public async Task Sends_one_usage_chunk_with_its_cost_last_to_clients_that_asked()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("hi").Finish().Usage(10, 5).Done()));

        var events = await Json.AllAsync(await rig.RunAsync(stream: true, includeUsage: true));

        Assert.Equal([ChatEventKind.Chunk, ChatEventKind.Chunk, ChatEventKind.Chunk, ChatEventKind.Done], events.Select(e => e.Kind));
        var usage = events[2].Json;
        Assert.Equal(0, usage.GetProperty("choices").GetArrayLength());
        Assert.Equal(0.00002m, usage.GetProperty("usage").GetProperty("cost").GetProperty("total_cost").GetDecimal());
        Assert.Equal(2, usage.GetProperty("extra_fields").GetProperty("chunk_index").GetInt32());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Takes_usage_off_content_chunks(bool includeUsage)
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody()
            .Chunk("""{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":10,"completion_tokens":1}}""")
            .Chunk("""{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2}}""")
            .Done()));

        var events = await Json.AllAsync(await rig.RunAsync(stream: true, includeUsage: includeUsage));

        Assert.Equal(includeUsage ? 4 : 3, events.Count);
        foreach (var (_, json) in events.Take(2))
            Assert.False(json.TryGetProperty("usage", out var usage) && usage.ValueKind == System.Text.Json.JsonValueKind.Object);
        if (includeUsage) Assert.Equal(2, events[2].Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(2, rig.OnlySettlement.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Estimates_and_marks_a_stream_that_reports_no_usage()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text(new string('y', 400)).Finish().Done()));

        await Json.AllAsync(await rig.RunAsync(stream: true, includeUsage: true));

        Assert.Equal((AttemptOutcome.Completed, true), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated));
        Assert.InRange(rig.OnlySettlement.Usage.CompletionTokens, 100, 250);
    }

    [Theory]
    [InlineData(FailureKind.BadAnswer, 502)]
    [InlineData(FailureKind.Timeout, 504)]
    public async Task Tells_a_truncation_and_books_what_may_have_been_written(FailureKind kind, int status)
    {
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops),
            Priced = price => price with { OutputTokensMax = 4_096, TokensPerSecondMax = 100, TokensPerByteMax = 1 },
        };
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("half an ans").Fails(kind)));
        rig.Q.ThenJson(Replies.Completion);

        var events = await Json.AllAsync(await rig.RunAsync(stream: true, fallbacks: ["q/m"]));

        Assert.Equal([ChatEventKind.Chunk, ChatEventKind.Error, ChatEventKind.Done], events.Select(e => e.Kind));
        Assert.Equal(status, events[1].Json.GetProperty("status_code").GetInt32());
        Assert.Equal("p", events[1].Json.GetProperty("extra_fields").GetProperty("attempts")[0].GetProperty("provider").GetString());
        Assert.False(events[0].Json.GetProperty("choices")[0].TryGetProperty("finish_reason", out _));
        Assert.Empty(rig.Q.Calls);
        var settled = rig.OnlySettlement;
        Assert.Equal((AttemptOutcome.Truncated, true, 116L), (settled.Outcome, settled.Estimated, settled.Usage.PromptTokens));
        // Nothing of it took any time, so that nothing can have been delivered; for two seconds the provider may have gone on.
        Assert.Equal(200, settled.Usage.CompletionTokens);
    }

    [Fact]
    public async Task A_truncated_stream_of_a_provider_that_runs_on_books_its_whole_hold()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("half an ans").Fails(FailureKind.BadAnswer)));

        await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.Equal((AttemptOutcome.Truncated, true, 4_096), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated, rig.OnlySettlement.Usage.CompletionTokens));
    }

    [Fact]
    public async Task Books_the_reported_usage_of_a_truncated_stream_exactly()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("a").Usage(10, 3).Fails(FailureKind.BadAnswer)));

        await Json.AllAsync(await rig.RunAsync(stream: true, includeUsage: true));

        Assert.Equal((AttemptOutcome.Truncated, false, 16_000L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated, rig.OnlySettlement.CostNanos));
    }

    [Fact]
    public async Task Books_the_usage_that_an_error_within_the_stream_states()
    {
        await using var rig = new PipelineRig();
        var usage = new TokenUsage { PromptTokens = 10, CompletionTokens = 3 };
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("a").Fails(FailureKind.ServerError, usage)));

        await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.Equal((AttemptOutcome.Truncated, false, 16_000L), (rig.OnlySettlement.Outcome, rig.OnlySettlement.Estimated, rig.OnlySettlement.CostNanos));
    }

    [Theory]
    [InlineData("""{"error":{"message":"late trouble"}}""")]
    [InlineData("no json")]
    public async Task Never_passes_on_a_chunk_that_is_none(string chunk)
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("a").Chunk(chunk).Done()));

        var events = await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.Equal([ChatEventKind.Chunk, ChatEventKind.Error, ChatEventKind.Done], events.Select(e => e.Kind));
        Assert.Equal(AttemptOutcome.Truncated, rig.OnlySettlement.Outcome);
    }

    [Fact]
    public async Task Turns_a_thrown_fault_into_an_error_event()
    {
        await using var rig = new PipelineRig();
        var body = new FakeStreamBody().Text("a").Throws(new IOException("torn"));
        rig.P.Then(Replies.Stream(body));

        var events = await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.Equal(ChatEventKind.Error, events[1].Kind);
        Assert.DoesNotContain("torn", events[1].Json.GetRawText());
        Assert.True(body.Disposed.IsCompleted);
    }

    [Fact]
    public async Task Falls_back_before_the_first_event()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenFails(FailureKind.ServerError, 503);
        rig.Q.Then(Replies.Stream(new FakeStreamBody().Text("a").Usage(1, 1).Done()));

        var result = await rig.RunAsync(stream: true, fallbacks: ["q/m"]);
        await Json.AllAsync(result);

        Assert.Equal(1, result.Info.FallbackIndex);
    }

    [Fact]
    public async Task Shows_the_raw_request_once_and_every_raw_chunk()
    {
        await using var rig = new PipelineRig { Configure = p => p with { RawAllowed = true } };
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("a").Text("b").Done()));

        var call = PipelineRig.Call(stream: true) with { SendBackRawRequest = true, SendBackRawResponse = true };
        var events = await Json.AllAsync(await rig.Pipeline.RunAsync(call, default));

        Assert.True(events[0].Json.GetProperty("extra_fields").TryGetProperty("raw_request", out _));
        Assert.False(events[1].Json.GetProperty("extra_fields").TryGetProperty("raw_request", out _));
        Assert.Equal("b", events[1].Json.GetProperty("extra_fields").GetProperty("raw_response").GetProperty("choices")[0]
            .GetProperty("delta").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Has_nothing_after_the_end_mark()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("a").Done()));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        await events.ReadAsync(default);

        await Assert.ThrowsAsync<InvalidOperationException>(() => events.ReadAsync(default).AsTask());

        await events.DisposeAsync();
        await events.DisposeAsync();
    }
}
