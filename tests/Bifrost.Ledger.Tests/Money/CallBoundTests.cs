using Bifrost.Chat.Envelope;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;
using CsCheck;

namespace Bifrost.Ledger.Tests.Money;

/// <summary>A bound holds against every bill that the model's data allows, and lowering an output limit to what is left stays within it.</summary>
public class CallBoundTests
{
    private static readonly ModelPrice s_model = new()
    {
        InputNanosPerMillion = 2_500_000_000,
        OutputNanosPerMillion = 10_000_000_000,
        OutputTokensMax = 16_384,
        PromptTokensMax = 128_000,
        TokensPerByteMax = 1,
        SchemaFactorMax = 2,
        ImageTokensMax = 1_600,
    };

    private static readonly Gen<long> s_rate = Gen.Long[0, 100_000_000_000];

    private static readonly Gen<ModelPrice> s_anyModel =
        from input in s_rate
        from output in s_rate
        from read in s_rate.Nullable()
        from write in s_rate.Nullable()
        from reasoning in s_rate.Nullable()
        from above in Gen.Long[1, 100_000]
        from dearer in s_rate
        from fee in Gen.Long[0, 1_000_000].Nullable()
        select s_model with
        {
            InputNanosPerMillion = input,
            OutputNanosPerMillion = output,
            CacheReadNanosPerMillion = read,
            CacheWriteNanosPerMillion = write,
            ReasoningNanosPerMillion = reasoning,
            RequestNanos = fee,
            Tiers = [new PriceTier { AbovePromptTokens = above, InputNanosPerMillion = dearer, OutputNanosPerMillion = dearer }],
        };

    private static readonly Gen<RequestContent> s_anyContent =
        from text in Gen.Int[0, 300_000]
        from schema in Gen.Int[0, 50_000]
        from messages in Gen.Int[1, 50]
        from tools in Gen.Int[0, 20]
        from images in Gen.Int[0, 5]
        from prediction in Gen.Int[0, 10_000]
        select new RequestContent
        {
            TextBytes = text, SchemaBytes = schema, Messages = messages, Tools = tools, Images = images, PredictionBytes = prediction,
        };

    [Fact]
    public void No_bill_that_the_models_data_allows_is_above_the_bound()
    {
        Gen.Select(s_anyModel, s_anyContent, Gen.Int[0, 40_000], Gen.Int[1, 4], Gen.Double[0, 1].Array[5]).Sample((model, content, limit, choices, shares) =>
        {
            var bound = Of(model, content, limit, choices);
            var prompt = (long)(shares[0] * bound.PromptTokens);
            var output = (long)(shares[1] * bound.AllOutputTokens(bound.OutputTokens));
            var usage = new TokenUsage
            {
                PromptTokens = prompt,
                CompletionTokens = output,
                CachedReadTokens = (long)(shares[2] * prompt / 2),
                CachedWriteTokens = (long)(shares[3] * prompt / 2),
                ReasoningTokens = (long)(shares[4] * output),
            };
            return CostCalculator.Cost(model, usage).TotalNanos <= bound.Nanos;
        });
    }

    [Fact]
    public void The_output_limit_of_a_sum_is_the_highest_that_it_pays()
    {
        Gen.Select(s_anyModel, s_anyContent, Gen.Int[1, 4], Gen.Long[0, 10_000_000_000], Gen.Int[1_000, 16_000]).Sample((model, content, choices, nanos, factor) =>
        {
            var bound = Of(model, content, 0, choices) with { FactorThousandths = factor };
            var output = bound.OutputTokensAt(nanos);
            Assert.InRange(output, 0, bound.OutputTokens);
            if (output > 0) Assert.True(bound.NanosAt(output) <= nanos, $"{output} tokens cost {bound.NanosAt(output)} of {nanos}");
            if (output < bound.OutputTokens) Assert.True(bound.NanosAt(output + 2) > nanos, $"{output + 2} tokens would cost {bound.NanosAt(output + 2)} of {nanos}");
        });
    }

    [Fact]
    public void Every_byte_and_every_choice_is_held()
    {
        var content = new RequestContent { TextBytes = 1_000, SchemaBytes = 100, Messages = 2, Tools = 1, Images = 1, PredictionBytes = 10 };

        var bound = Of(s_model, content, 50, 3);

        Assert.Equal(64 + 1_000 + (100 * 2) + (2 * 16) + 32 + 1_024 + 1_600, bound.PromptTokens);
        Assert.Equal((50 * 3) + 10, bound.AllOutputTokens(bound.OutputTokens));
    }

    [Fact]
    public void A_model_of_which_nothing_is_known_is_held_at_the_most_that_tokenizers_make()
    {
        var plain = new ModelPrice { InputNanosPerMillion = 1, OutputNanosPerMillion = 1 };

        var bound = Of(plain, new RequestContent { TextBytes = 1_000, SchemaBytes = 100, Messages = 1 }, 0, 1);

        Assert.Equal(64 + 3_000 + (100 * 9) + 16 + 2_048, bound.PromptTokens);
        Assert.Equal((16_384, true), (bound.OutputTokens, bound.SendsLimit));
    }

    [Fact]
    public void The_window_caps_every_prompt() =>
        Assert.Equal(128_000, Of(s_model, new RequestContent { TextBytes = 10_000_000, Messages = 1 }, 1, 1).PromptTokens);

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, 17)]
    public void Content_without_a_size_has_a_bound_only_by_the_window(int unsized, int images, int depth)
    {
        var content = new RequestContent { TextBytes = 10, Messages = 1, UnsizedParts = unsized, Images = images, SchemaDepth = depth };
        var model = s_model with { ImageTokensMax = null };

        Assert.Equal(128_000, Of(model, content, 1, 1).PromptTokens);
        Assert.NotNull(BoundCalculator.TryMake(Query(model with { PromptTokensMax = null }, content, 1, 1), out _));
    }

    [Theory]
    [InlineData(OutputLimitRule.VisibleOnly)]
    [InlineData(OutputLimitRule.Ignored)]
    public void A_limit_that_does_not_bind_is_no_bound(OutputLimitRule rule)
    {
        var content = new RequestContent { TextBytes = 10, Messages = 1 };
        var model = s_model with { OutputLimit = rule };

        var bound = Of(model, content, 10, 1);

        Assert.Equal((16_384, false), (bound.OutputTokens, bound.LimitBinds));
        Assert.Equal(128_000, Of(model with { OutputTokensMax = null }, content, 10, 1).OutputTokens);
        Assert.NotNull(BoundCalculator.TryMake(Query(model with { OutputTokensMax = null, PromptTokensMax = null }, content, 10, 1), out _));
    }

    [Fact]
    public void Counted_tokens_lower_the_bound_and_never_raise_it()
    {
        var content = new RequestContent { TextBytes = 4_000, SchemaBytes = 400, Messages = 1, Tools = 1 };
        var query = Query(s_model, content, 10, 1);

        BoundCalculator.TryMake(query with { Counted = new CountedTokens { Text = 900, Schema = 100 } }, out var tight);
        BoundCalculator.TryMake(query with { Counted = new CountedTokens { Text = 90_000, Schema = 90_000 } }, out var not);

        Assert.Equal(64 + 900 + 100 + 16 + 32 + 1_024, tight.PromptTokens);
        Assert.Equal(Of(s_model, content, 10, 1).PromptTokens, not.PromptTokens);
    }

    [Fact]
    public void An_estimate_is_never_above_the_bound()
    {
        Gen.Select(s_anyModel, s_anyContent, Gen.Int[0, 40_000], Gen.Int[0, 2_000_000], Gen.Int[0, 500_000], Gen.Int[0, 100_000]).Sample(
            (model, content, limit, mean, deviation, usual) =>
            {
                var bound = Of(model, content, limit, 1);
                var estimate = Estimate.Of(bound, content.TextBytes, new TokenRatio(mean, deviation), usual);
                return estimate.Nanos <= bound.Nanos && estimate.Usage.PromptTokens <= bound.PromptTokens;
            });
    }

    [Fact]
    public void An_estimate_has_no_more_tokens_than_an_entry_can_book()
    {
        var bound = new CallBound { PromptTokens = 10, OutputTokens = 400_000_000, Choices = 4 };
        var estimate = Estimate.Of(bound, 100, default, int.MaxValue);
        Assert.Equal(CostCalculator.TokensMax, estimate.Usage.CompletionTokens);
        Assert.Equal(CostCalculator.Cost(s_model, estimate.Usage).TotalNanos, CostCalculator.Cost(s_model, estimate.Usage with { CompletionTokens = 1_600_000_000 }).TotalNanos);
    }

    [Fact]
    public void Padding_cannot_teach_a_ratio_below_what_prose_has()
    {
        var ratio = default(TokenRatio);
        for (var i = 0; i < 1_000; i++) ratio = ratio.Learn(100_000, 2_000);

        Assert.Equal(200_000, ratio.UpperMillionths);
        Assert.True(new TokenRatio(400_000, 10_000).Learn(100_000, 2_000).UpperMillionths >= 440_000 * 95 / 100);
    }

    private static CallBound Of(ModelPrice model, RequestContent content, int limit, int choices)
    {
        Assert.Null(BoundCalculator.TryMake(Query(model, content, limit, choices), out var bound));
        return bound;
    }

    private static BoundQuery Query(ModelPrice model, RequestContent content, int limit, int choices) => new()
    {
        Content = content,
        OutputTokensAsked = limit,
        Choices = choices,
        OutputTokensDefault = 16_384,
        Model = model,
        Prices = [model],
        FactorThousandths = 1_000,
    };
}
