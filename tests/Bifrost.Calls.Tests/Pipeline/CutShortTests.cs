using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Tests.Pipeline;

/// <summary>What a stream is booked at whose client leaves, at a provider that stops when its connection closes.</summary>
public class CutShortTests
{
    /// <summary>A model that thinks for a minute before its first byte was booked at nothing: the client had seen no text.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(null)]
    public async Task Leaving_a_model_that_thinks_costs_the_time_that_it_had(bool? thinks)
    {
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops, onLeave: true),
            Priced = price => thinks == true ? price with { Thinks = true, PromptTokensMax = 200_000, TokensPerSecondMax = 100 } : price,
        };
        rig.Key.Estimate = new TokenUsage { PromptTokens = 116, CompletionTokens = 128_000 };
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(61));
            return Task.FromResult(Replies.Stream(new FakeStreamBody().Text("ok")));
        });
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        await events.DisposeAsync();
        await rig.SettledAsync();

        // Until two seconds after the connection was closed.
        Assert.Equal((116, 63 * (thinks == true ? 100 : 500)), (rig.OnlySettlement.Usage.PromptTokens, rig.OnlySettlement.Usage.CompletionTokens));
        Assert.True(rig.OnlySettlement.Estimated);
    }

    [Fact]
    public async Task Leaving_a_model_that_does_not_think_costs_what_it_delivered_and_what_it_may_add()
    {
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops, onLeave: true),
            Priced = price => price with { OutputTokensMax = 16_384, TokensPerSecondMax = 100 },
        };
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(61));
            return Task.FromResult(Replies.Stream(new FakeStreamBody().Text(new string('x', 50))));
        });
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        await events.DisposeAsync();
        await rig.SettledAsync();

        Assert.Equal(50 + (2 * 100), rig.OnlySettlement.Usage.CompletionTokens);
    }

    /// <summary>What a cut stream of such a provider names could be left out of its price, and nothing failed.</summary>
    [Theory]
    [InlineData("\"model\":\"dear\",\"service_tier\":\"default\"", 10)]
    [InlineData("\"service_tier\":\"priority\"", 3)]
    [InlineData("\"service_tier\":\"default\"", 1)]
    public async Task What_a_left_stream_named_is_its_price(string named, int times)
    {
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops, onLeave: true),
            Priced = price => price with
            {
                OutputTokensMax = 16_384,
                TokensPerSecondMax = 100,
                ServiceTiers = [new ServiceTier("priority", Times(3)), new ServiceTier("scale", Times(5))],
            },
        };
        rig.OtherPrices["p/dear"] = Times(10);
        rig.P.Then(Replies.Stream(new FakeStreamBody().Chunk($$$"""{{{{named}}},"choices":[{"index":0,"delta":{"content":"a"}}]}""")));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await events.DisposeAsync();
        await rig.SettledAsync();

        var settled = rig.OnlySettlement;
        Assert.Equal(201, settled.Usage.CompletionTokens);
        Assert.Equal(times * ((settled.Usage.PromptTokens * 1_000) + (201 * 2_000)), settled.CostNanos);
    }

    /// <summary>Held at its bound, such a stream is booked at the most that its tokens can have cost: by the model that it named, too.</summary>
    [Fact]
    public async Task The_most_that_a_left_stream_can_have_cost_is_that_of_the_model_that_it_named()
    {
        var dear = Times(10) with { ReasoningNanosPerMillion = 50 * PipelineRig.Price.OutputNanosPerMillion };
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops, onLeave: true),
            Priced = price => price with { OutputTokensMax = 16_384, TokensPerSecondMax = 100 },
        };
        rig.OtherPrices["p/dear"] = dear;
        rig.Key.Issue = ticket => ticket with
        {
            HoldNanos = 1_000_000_000, BoundNanos = 1_000_000_000, Bound = new TokenUsage { PromptTokens = 100, CompletionTokens = 16_384 },
        };
        rig.P.Then(Replies.Stream(new FakeStreamBody().Chunk("""{"model":"dear","choices":[{"index":0,"delta":{"content":"a"}}]}""")));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await events.DisposeAsync();
        await rig.SettledAsync();

        var settled = rig.OnlySettlement;
        Assert.Equal((100, 201), (settled.Usage.PromptTokens, settled.Usage.CompletionTokens));
        Assert.Equal((100 * 10 * 1_000) + (201 * 50 * 2_000), settled.CostNanos);
    }

    /// <summary>The page of a proxy was booked as nothing: a model made slow enough was free.</summary>
    [Theory]
    [InlineData(502, 5 * 100)]
    [InlineData(504, 128_000)]
    public async Task The_page_of_a_proxy_costs_what_may_have_run_behind_it(int status, int outputTokens)
    {
        await using var rig = new PipelineRig { Priced = price => price with { Thinks = true, TokensPerSecondMax = 100 } };
        rig.Key.Estimate = new TokenUsage { PromptTokens = 116, CompletionTokens = 128_000 };
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(3));
            var reply = Replies.Failure(FailureKind.ServerError, status);
            return Task.FromResult(reply with { Failure = reply.Failure! with { MayHaveRun = true } });
        });
        await rig.RunAsync();
        await rig.SettledAsync();

        var settled = rig.OnlySettlement;
        Assert.Equal((116, outputTokens, true, AttemptOutcome.Unknown),
            (settled.Usage.PromptTokens, settled.Usage.CompletionTokens, settled.Estimated, settled.Outcome));
    }

    /// <summary>A usage of zeros was taken for the word that content in a broken answer, or beside an error, costs nothing.</summary>
    [Theory]
    [InlineData(true, AttemptOutcome.Unknown, 116)]
    [InlineData(false, AttemptOutcome.Failed, 0)]
    public async Task Zeros_beside_what_may_have_run_state_no_usage(bool mayHaveRun, AttemptOutcome outcome, int promptTokens)
    {
        await using var rig = new PipelineRig();
        rig.Key.Estimate = new TokenUsage { PromptTokens = 116, CompletionTokens = 128_000 };
        rig.P.Then(_ =>
        {
            var reply = Replies.Failure(FailureKind.ServerError, 500);
            return Task.FromResult(reply with { Failure = reply.Failure! with { MayHaveRun = mayHaveRun, Usage = default(TokenUsage) } });
        });
        await rig.RunAsync();
        await rig.SettledAsync();

        var settled = rig.OnlySettlement;
        Assert.Equal((outcome, promptTokens), (settled.Outcome, settled.Usage.PromptTokens));
    }

    /// <summary>A running count is no end: what came after it was not booked.</summary>
    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":10,"completion_tokens":1}}""")]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":0}}""", """{"choices":[{"index":0,"delta":{"content":"a"}}]}""")]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":1}}""", """{"choices":[{"index":0,"delta":{"content":"a"}}]}""")]
    public async Task A_running_count_of_a_left_stream_is_the_least_that_is_booked(params string[] chunks)
    {
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops, onLeave: true),
            Priced = price => price with { Thinks = true, TokensPerSecondMax = 100 },
        };
        var body = new FakeStreamBody();
        foreach (var chunk in chunks) body.Chunk(chunk);
        rig.P.Then(Replies.Stream(body));
        var events = (ChatEvents)await rig.RunAsync(stream: true);
        await events.ReadAsync(default);
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        await events.DisposeAsync();
        await rig.SettledAsync();

        Assert.Equal((10, 500, true), (rig.OnlySettlement.Usage.PromptTokens, rig.OnlySettlement.Usage.CompletionTokens, rig.OnlySettlement.Estimated));
    }

    private static ModelPrice Times(int times) => new()
    {
        InputNanosPerMillion = PipelineRig.Price.InputNanosPerMillion * times, OutputNanosPerMillion = PipelineRig.Price.OutputNanosPerMillion * times,
    };
}
