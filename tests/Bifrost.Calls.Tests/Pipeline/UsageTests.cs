using System.Diagnostics.Metrics;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Tests.Pipeline;

/// <summary>What is booked of answers whose usage cannot be, is told in pieces, or stands where no answer is.</summary>
public class UsageTests
{
    private const string Text = "Four hundred bytes of text beside a usage of nothing. ";

    [Theory]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}""", "zero")]
    [InlineData("""{"prompt_tokens":-10,"completion_tokens":-5,"total_tokens":-15}""", "negative")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":0}""", "zero output")]
    [InlineData("""{"prompt_tokens":1e300,"completion_tokens":1e300}""", "1e300")]
    [InlineData("""{"prompt_tokens":0.5,"completion_tokens":0.5}""", "fractions")]
    [InlineData("{}", "empty")]
    public async Task A_usage_that_cannot_be_beside_content_is_estimated_and_marked(string usage, string what)
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson($$"""{"choices":[{"index":0,"message":{"content":"{{string.Concat(Enumerable.Repeat(Text, 8))}}"},"finish_reason":"stop"}],"usage":{{usage}}}""");

        Json.OfBody(await rig.RunAsync());

        var settled = rig.OnlySettlement;
        Assert.True(settled.Estimated, what);
        Assert.Equal(what == "zero output" ? 10 : 116, settled.Usage.PromptTokens);
        Assert.InRange(settled.Usage.CompletionTokens, 100, 432);
        Assert.Equal(0, settled.PromptBytes);
    }

    [Fact]
    public async Task Cache_writes_of_five_minutes_and_of_an_hour_are_priced_apart_and_both_settled()
    {
        await using var rig = new PipelineRig
        {
            Priced = price => price with { CacheWriteNanosPerMillion = 5_000_000_000, CacheWriteLongNanosPerMillion = 8_000_000_000 },
        };
        rig.P.ThenJson("""
            {"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,
             "prompt_tokens_details":{"cached_write_tokens":100,"cached_write_tokens_1h":40}}}
            """);

        Json.OfBody(await rig.RunAsync());

        var settled = rig.OnlySettlement;
        Assert.Equal((100L, 40L), (settled.Usage.CachedWriteTokens, settled.Usage.CachedWriteLongTokens));
        Assert.Equal((60 * 5_000) + (40 * 8_000) + 2_000, settled.CostNanos);
    }

    /// <summary>BerriAI/litellm#15743: without the provider's own cost, fees were off by an order of magnitude.</summary>
    [Theory]
    [InlineData(false, false, 14_000, false)]
    [InlineData(true, false, 5_000_000, true)]
    [InlineData(false, true, 14_000, false)]
    [InlineData(true, true, 5_000_000, true)]
    public async Task Both_costs_are_kept_and_the_setting_says_which_is_booked(bool books, bool stream, long booked, bool aboveBound)
    {
        await using var rig = new PipelineRig { Configure = p => p with { Billing = p.Billing with { BooksReported = books } } };
        rig.Key.Issue = ticket => ticket with { BoundNanos = 1_000_000, HoldNanos = 1_000_000 };
        const string usage = "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12,\"cost\":0.005}";
        if (stream)
        {
            const string text = """{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""";
            rig.P.Then(Replies.Stream(new FakeStreamBody().Chunk(text).Chunk($$"""{"choices":[],{{usage}} }""").Done()));
            await Json.AllAsync(await rig.RunAsync(stream: true));
        }
        else
        {
            rig.P.ThenJson($$"""{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],{{usage}} }""");
            Json.OfBody(await rig.RunAsync());
        }

        var settled = rig.OnlySettlement;
        Assert.Equal((booked, 5_000_000L, aboveBound, false), (settled.CostNanos, settled.ReportedNanos, settled.AboveBound, settled.Unpriced));
    }

    /// <summary>Booked 3 000 USD.</summary>
    [Fact]
    public async Task A_count_beyond_what_the_model_can_is_booked_as_the_most_that_it_can()
    {
        await using var rig = new PipelineRig { Priced = price => price with { PromptTokensMax = 200_000, OutputTokensMax = 16_384 } };
        rig.Key.Issue = ticket => ticket with { Choices = 2 };
        rig.P.ThenJson("""{"choices":[{"index":0,"message":{"content":"a"}}],"usage":{"prompt_tokens":1000000000,"completion_tokens":1000000000}}""");

        Json.OfBody(await rig.RunAsync());

        var settled = rig.OnlySettlement;
        Assert.Equal((200_000, 32_768, true, true), (settled.Usage.PromptTokens, settled.Usage.CompletionTokens, settled.Estimated, settled.AboveBound));
    }

    [Fact]
    public async Task More_than_the_bound_is_booked_in_full_and_told()
    {
        await using var rig = new PipelineRig { Priced = price => price with { PromptTokensMax = 200_000, OutputTokensMax = 16_384 } };
        rig.Key.Issue = ticket => ticket with { Bound = new TokenUsage { PromptTokens = 200, CompletionTokens = 100 }, HoldNanos = 400_000 };
        rig.P.ThenJson("""{"choices":[{"index":0,"message":{"content":"a"}}],"usage":{"prompt_tokens":10,"completion_tokens":2826}}""");
        List<string> words = [];
        using var counted = Listen(rig, "bifrost.usage.implausible", words);

        Json.OfBody(await rig.RunAsync());

        var settled = rig.OnlySettlement;
        Assert.Equal((10_000 + (2_826 * 2_000), false, true), (settled.CostNanos, settled.Estimated, settled.AboveBound));
        Assert.Equal(["above_bound"], words);
    }

    /// <summary>A dearer model that answered without usage was booked at its price and left the bound as it was.</summary>
    [Fact]
    public async Task A_dearer_model_that_answers_breaks_the_bound_without_a_usage_too()
    {
        await using var rig = new PipelineRig();
        rig.OtherPrices["p/dear"] = PipelineRig.Price with { OutputNanosPerMillion = 200_000_000_000 };
        rig.Key.Issue = ticket => ticket with
        {
            Bound = new TokenUsage { PromptTokens = 200, CompletionTokens = 1_000 }, BoundNanos = 2_200_000, HoldNanos = 2_200_000,
        };
        rig.P.ThenJson($$"""{"model":"dear","choices":[{"index":0,"message":{"content":"{{Text}}"},"finish_reason":"stop"}]}""");

        Json.OfBody(await rig.RunAsync());

        Assert.Equal((true, true), (rig.OnlySettlement.Estimated, rig.OnlySettlement.AboveBound));
    }

    /// <summary>Of a stream that was cut, the model that every chunk named was forgotten.</summary>
    [Fact]
    public async Task A_stream_that_is_cut_costs_what_the_model_costs_that_answered()
    {
        await using var rig = new PipelineRig();
        rig.OtherPrices["p/dear"] = PipelineRig.Price with { OutputNanosPerMillion = 200_000_000_000 };
        rig.P.Then(Replies.Stream(new FakeStreamBody()
            .Chunk("""{"model":"dear","choices":[{"index":0,"delta":{"content":"a"}}]}""").Fails(FailureKind.BadAnswer)));

        await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.InRange(rig.OnlySettlement.CostNanos, 200_000L * rig.OnlySettlement.Usage.CompletionTokens, long.MaxValue);
    }

    /// <summary>The second chunk's zeros overwrote the first one's numbers.</summary>
    [Theory]
    [InlineData(1_000, 500, 0, 0)]
    [InlineData(1_000, 0, 0, 500)]
    [InlineData(0, 500, 1_000, 0)]
    public async Task Usage_told_in_pieces_adds_up_to_its_largest_counts(int prompt1, int completion1, int prompt2, int completion2)
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("hello").Usage(prompt1, completion1).Finish().Usage(prompt2, completion2).Done()));

        await Json.AllAsync(await rig.RunAsync(stream: true, includeUsage: true));

        var settled = rig.OnlySettlement;
        Assert.Equal((1_000, 500, false), (settled.Usage.PromptTokens, settled.Usage.CompletionTokens, settled.Estimated));
    }

    /// <summary>Booked like the default tier, and like the model that was asked for.</summary>
    [Theory]
    [InlineData("\"service_tier\":\"priority\"", 60_000)]
    [InlineData("\"model\":\"dear\"", 200_000)]
    [InlineData("\"service_tier\":\"flex\"", 20_000)]
    [InlineData("\"model\":\"m\",\"service_tier\":\"default\"", 20_000)]
    public async Task Takes_the_price_of_what_answered_where_that_is_dearer(string named, int nanos)
    {
        await using var rig = new PipelineRig
        {
            Priced = price => price with
            {
                ServiceTiers = [new ServiceTier("priority", Times(3)), new ServiceTier("flex", PipelineRig.Price with { InputNanosPerMillion = 1, OutputNanosPerMillion = 1 })],
            },
        };
        rig.OtherPrices["p/dear"] = Times(10);
        rig.P.ThenJson(Replies.Completion.Replace("\"id\":\"c1\"", named));
        rig.P.Then(Replies.Stream(new FakeStreamBody()
            .Chunk($$$"""{{{{named}}},"choices":[{"index":0,"delta":{"content":"a"}}]}""").Finish().Usage(10, 5).Done()));

        var shown = Json.OfBody(await rig.RunAsync()).GetProperty("usage").GetProperty("cost").GetProperty("total_cost").GetDecimal();
        await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.Equal([nanos, nanos], rig.Key.Settlements.Select(s => s.CostNanos));
        Assert.Equal(nanos, shown * 1_000_000_000);
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5}}""", 20_000, false)]
    [InlineData("""{"message":"no usage, no completion"}""", (116 * 1_000) + (4_096 * 2_000), true)]
    public async Task A_body_that_is_no_completion_costs_what_it_states_else_all_that_is_held(string body, int nanos, bool estimated)
    {
        await using var rig = new PipelineRig();
        rig.P.ThenJson(body);

        Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal((nanos, estimated), (rig.OnlySettlement.CostNanos, rig.OnlySettlement.Estimated));
    }

    [Fact]
    public async Task A_failure_of_the_providers_within_a_stream_costs_nothing_before_any_content()
    {
        await using var rig = new PipelineRig { Configure = PipelineRig.Closing(ClosingRule.Stops) };
        rig.P.Then(Replies.Stream(new FakeStreamBody()
            .Chunk("""{"choices":[{"index":0,"delta":{"role":"assistant"}}]}""").FailsAsProvider()));

        await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.Equal((0, AttemptOutcome.Failed), (rig.OnlySettlement.CostNanos, rig.OnlySettlement.Outcome));
    }

    /// <summary>A try that never left, or that was refused, was booked with the fee of a request.</summary>
    [Theory]
    [InlineData(FailureKind.ServerError, 500, true)]
    [InlineData(FailureKind.Connect, 0, false)]
    public async Task A_try_that_ran_nowhere_costs_no_fee(FailureKind kind, int status, bool sent)
    {
        await using var rig = new PipelineRig { Priced = price => price with { RequestNanos = 5_000_000 } };
        rig.P.ThenFails(kind, status, sent);

        Assert.IsType<ChatFailure>(await rig.RunAsync());

        Assert.Equal(0, rig.OnlySettlement.CostNanos);
    }

    [Fact]
    public async Task A_stream_that_was_sent_and_never_answered_costs_the_time_that_it_had_where_the_provider_stops()
    {
        await using var rig = new PipelineRig
        {
            Configure = PipelineRig.Closing(ClosingRule.Stops),
            Priced = price => price with { OutputTokensMax = 100_000, TokensPerSecondMax = 10, Thinks = true },
        };
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(60));
            return Task.FromResult(Replies.Failure(FailureKind.Timeout, 0, sent: true));
        });
        List<string> words = [];
        using var counted = Listen(rig, "bifrost.calls.cut_short", words);

        Assert.IsType<ChatFailure>(await rig.RunAsync(stream: true));

        Assert.Equal((620, true, AttemptOutcome.Unknown), (rig.OnlySettlement.Usage.CompletionTokens, rig.OnlySettlement.Estimated, rig.OnlySettlement.Outcome));
        Assert.Equal(["stops"], words);
    }

    private static ModelPrice Times(int factor) => PipelineRig.Price with
    {
        InputNanosPerMillion = PipelineRig.Price.InputNanosPerMillion * factor,
        OutputNanosPerMillion = PipelineRig.Price.OutputNanosPerMillion * factor,
    };

    /// <summary>The words that one of the rig's counters counts from now on, without the zeros that it begins with.</summary>
    private static MeterListener Listen(PipelineRig rig, string name, List<string> words)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, rig.Meters) && instrument.Name == name) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (count > 0) words.Add((string)tags[0].Value!);
        });
        listener.Start();
        return listener;
    }
}
