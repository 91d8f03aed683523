using System.Collections.Concurrent;
using System.Diagnostics;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Pipeline;
using Bifrost.Calls.Telemetry;
using Bifrost.Calls.Tests.Pipeline;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Telemetry;

/// <summary>Which spans a call makes, and which of them a provider is told of.</summary>
public sealed class CallTracesTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public CallTracesTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == CallTraces.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_repetition_is_a_span_beside_the_first_try_and_not_below_it()
    {
        await using var rig = new PipelineRig { Configure = provider => provider with { RetriesMax = 1, RetryBackoffInitialMs = 0 } };
        rig.P.ThenFails(FailureKind.ServerError, 500).ThenJson(Replies.Completion);
        using var request = CallTraces.Request("POST", "/v1/chat/completions", default)!;

        Json.OfBody(await rig.RunAsync());
        await rig.SettledAsync();

        var tries = Ended(request).ToList();
        Assert.Equal(2, tries.Count);
        Assert.All(tries, one => Assert.Equal((request.SpanId, "chat m"), (one.ParentSpanId, one.DisplayName)));
        Assert.Equal(["upstream_server_error", null], tries.Select(static one => one.GetTagItem("error.type")));
        Assert.Equal((10L, 20_000L), (tries[1].GetTagItem("gen_ai.usage.input_tokens"), tries[1].GetTagItem("bifrost.cost.nanos")));
        Assert.Equal("p", request.GetTagItem("gen_ai.provider.name"));
    }

    [Fact]
    public async Task A_try_that_is_refused_or_cannot_be_made_ends_its_span_too()
    {
        await using var rig = new PipelineRig();
        rig.Key.Refuse = _ => new Refusal { Reason = RefusalReason.BudgetHeld, Message = "no" };
        using var request = CallTraces.Request("POST", "/v1/chat/completions", default)!;

        Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal("budget_held", Assert.Single(Ended(request)).GetTagItem("error.type"));
        Assert.Equal((ActivityStatusCode.Error, "budget_held"), (request.Status, request.GetTagItem("error.type")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_provider_is_told_of_the_tries_own_span_only_where_that_is_set(bool tells)
    {
        await using var rig = new PipelineRig { Options = new PipelineOptions { TellsTrace = tells } };
        rig.P.ThenJson(Replies.Completion);
        using var request = CallTraces.Request("POST", "/v1/chat/completions", default)!;
        var call = PipelineRig.Call() with { Headers = tells ? [new Header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")] : [] };

        Json.OfBody(await rig.Pipeline.RunAsync(call, default).InTimeAsync());

        var sent = Assert.Single(rig.P.Calls).Headers;
        if (tells) Assert.Equal(new Header("traceparent", Assert.Single(Ended(request)).Id!), Assert.Single(sent));
        else Assert.Empty(sent);
    }

    private IEnumerable<Activity> Ended(Activity request) => _ended.Where(span => span.TraceId == request.TraceId && span != request);
}
