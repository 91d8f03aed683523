using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Tests.Pipeline;

public class PlainAnswerTests
{
    [Fact]
    public async Task Admits_dispatches_and_settles_once()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(call =>
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(40));
            return Task.FromResult(Replies.Json(Replies.Completion));
        });

        var result = await rig.RunAsync(fallbacks: ["q/m"]);
        var json = Json.OfBody(result);

        Assert.Equal("hello there", json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(0.00002m, json.GetProperty("usage").GetProperty("cost").GetProperty("total_cost").GetDecimal());
        Assert.Equal("p", json.GetProperty("extra_fields").GetProperty("provider").GetString());
        Assert.Equal("p/m", json.GetProperty("extra_fields").GetProperty("model_requested").GetString());
        Assert.Equal("m", json.GetProperty("extra_fields").GetProperty("model_deployment").GetString());
        Assert.Equal(40, json.GetProperty("extra_fields").GetProperty("latency").GetInt64());
        Assert.Equal(("p", "m", 0, "7", 9L), (result.Info.Provider, result.Info.ResolvedModel, result.Info.FallbackIndex,
            result.Info.ProcessingMs, result.Info.RateLimits!.RemainingRequests));

        var call = Assert.Single(rig.P.Calls);
        Assert.Equal(rig.Key.Tickets[0].AttemptId, call.AttemptId);
        Assert.Equal(7, call.AttemptId.Version);
        Assert.Empty(rig.Q.Calls);
        var settled = rig.OnlySettlement;
        Assert.Equal(
            (AttemptOutcome.Completed, 10L, 5L, 20_000L, false, false, 200, 40L, "r1", "j1", "p", "m"),
            (settled.Outcome, settled.Usage.PromptTokens, settled.Usage.CompletionTokens, settled.CostNanos, settled.Estimated, settled.Unpriced,
                settled.Status, settled.LatencyMs, settled.RequestId, settled.JobId, settled.Provider, settled.Model));
        Assert.Equal(PipelineRig.Call().Envelope.PromptBytes, settled.PromptBytes);
    }

    [Fact]
    public async Task Held_at_its_bound_an_answer_without_usage_costs_the_most_that_it_can_have_used()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson(Replies.WithoutUsage);
        rig.Key.Issue = ticket => ticket with
        {
            HoldNanos = 500, BoundNanos = 500, Bound = new TokenUsage { PromptTokens = 900, CompletionTokens = 4_000 },
        };

        Json.OfBody(await rig.RunAsync());

        // Whether the model thinks is not known: 500 tokens a second in two seconds at the least.
        var settled = rig.OnlySettlement;
        Assert.True(settled.Estimated);
        Assert.Equal(900, settled.Usage.PromptTokens);
        Assert.InRange(settled.Usage.CompletionTokens, 1_000, 4_000);
    }

    [Fact]
    public async Task Estimates_and_marks_what_a_provider_does_not_report()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson(Replies.WithoutUsage);

        var json = Json.OfBody(await rig.RunAsync());

        Assert.False(json.TryGetProperty("usage", out _));
        var settled = rig.OnlySettlement;
        Assert.True(settled.Estimated);
        Assert.Equal(AttemptOutcome.Completed, settled.Outcome);
        Assert.Equal(116, settled.Usage.PromptTokens);
        Assert.InRange(settled.Usage.CompletionTokens, 1, 20);
        Assert.Equal((116 * 1_000) + (settled.Usage.CompletionTokens * 2_000), settled.CostNanos);
        Assert.Equal(0, settled.PromptBytes);
    }

    [Fact]
    public async Task Marks_a_model_without_a_price_and_shows_no_cost()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson(Replies.Completion);

        var json = Json.OfBody(await rig.RunAsync("p/unheard-of"));

        Assert.False(json.GetProperty("usage").TryGetProperty("cost", out _));
        Assert.Equal((true, 0L, 15L), (rig.OnlySettlement.Unpriced, rig.OnlySettlement.CostNanos, rig.OnlySettlement.Usage.TotalTokens));
    }

    [Fact]
    public async Task Takes_an_answer_that_is_no_completion_for_none()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson("""{"error":{"message":"dressed up"}}""");
        rig.Q.ThenJson(Replies.Completion);

        Assert.IsType<ChatBody>(await rig.RunAsync(fallbacks: ["q/m"]));

        Assert.Equal([AttemptOutcome.Unknown, AttemptOutcome.Completed], rig.Key.Settlements.Select(s => s.Outcome));
    }

    [Fact]
    public async Task Takes_a_stream_that_nobody_asked_for_for_no_answer()
    {
        await using var rig = new PipelineRig();
        var body = new FakeStreamBody();
        rig.P.Then(Replies.Stream(body));

        var failure = Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal(502, failure.Error.Status);
        Assert.True(body.Disposed.IsCompleted);
        Assert.Equal(AttemptOutcome.Unknown, rig.OnlySettlement.Outcome);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Shows_raw_bytes_only_where_asked_for_and_allowed(bool asked, bool allowed)
    {
        await using var rig = new PipelineRig { Configure = p => p with { RawAllowed = allowed } };
        rig.P.ThenJson(Replies.Completion);

        var call = PipelineRig.Call() with { SendBackRawRequest = asked, SendBackRawResponse = asked };
        var extra = Json.OfBody(await rig.Pipeline.RunAsync(call, default)).GetProperty("extra_fields");

        Assert.Equal(asked && allowed, extra.TryGetProperty("raw_response", out _));
        Assert.Equal(asked && allowed, extra.TryGetProperty("raw_request", out var raw));
        if (asked && allowed) Assert.Equal("m", raw.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Hands_on_headers_direct_key_and_time_left()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson(Replies.Completion);

        var call = PipelineRig.Call() with
        {
            Headers = [new Header("openai-project", "x")],
            Caller = new Caller { VirtualKeyId = AnonymousKey.For("silo"), DirectKey = "secret" },
        };
        Json.OfBody(await rig.Pipeline.RunAsync(call, default));

        var sent = rig.P.Calls[0];
        Assert.Equal(("x", "secret", 600_000L), (sent.Headers[0].Value, sent.DirectKey, sent.RemainingMs));
        Assert.True(sent.AllowedKeyIds.IsDefault);
        Assert.DoesNotContain("secret", call.Caller.ToString() + sent);
    }

    [Fact]
    public async Task Names_the_keys_that_the_virtual_key_may_use()
    {
        await using var rig = new PipelineRig();
        rig.VirtualKey = rig.VirtualKey with { Providers = [new KeyProvider { Provider = "p", KeyIds = new NameList(["k2", "gone"]) }] };
        rig.P.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync());

        Assert.Equal(["k2"], rig.P.Calls[0].AllowedKeyIds);
    }

    [Fact]
    public async Task Refuses_a_virtual_key_that_is_not_configured()
    {
        await using var rig = new PipelineRig();
        var call = PipelineRig.Call() with { Caller = new Caller { VirtualKeyId = "gone" } };

        var failure = Assert.IsType<ChatFailure>(await rig.Pipeline.RunAsync(call, default));

        Assert.Equal((403, "access_not_found"), (failure.Error.Status, failure.Error.Type));
        Assert.Empty(rig.Key.Admits);
    }
}
