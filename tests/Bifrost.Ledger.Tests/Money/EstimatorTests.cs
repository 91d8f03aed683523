using Bifrost.Ledger.Money;
using CsCheck;

namespace Bifrost.Ledger.Tests.Money;

public sealed class EstimatorTests
{
    private static readonly ModelPrice Price = new() { InputNanosPerMillion = 1_000_000_000, OutputNanosPerMillion = 10_000_000_000 };

    [Fact]
    public void Holds_the_output_limit_times_the_choices()
    {
        var estimate = Estimator.Estimate(Price, 0, default, 100, 3);
        Assert.Equal(100, estimate.OutputTokensMax);
        Assert.Equal((Estimator.TemplateTokens * 1_000) + (300 * 10_000), estimate.Nanos);
    }

    [Fact]
    public void Holds_the_ceiling_where_the_request_names_no_limit()
    {
        Assert.Equal(Estimator.OutputTokensDefault, Estimator.Estimate(Price, 0, default, 0, 1).OutputTokensMax);
        Assert.Equal(64, Estimator.Estimate(Price with { OutputTokensMax = 64 }, 0, default, 0, 1).OutputTokensMax);
    }

    [Fact]
    public void Holds_by_the_tier_of_the_estimate()
    {
        var tiered = Price with { Tiers = [new PriceTier { AbovePromptTokens = 1_000, InputNanosPerMillion = 2_000_000_000, OutputNanosPerMillion = 20_000_000_000 }] };
        var one = Estimator.Estimate(tiered, 10_000, default, 1, 1);
        Assert.Equal((one.Usage.PromptTokens * 2_000) + 20_000, one.Nanos);
    }

    [Fact]
    public void A_hold_covers_whatever_kind_the_tokens_turn_out_to_be() =>
        Gen.Select(Gen.UShort, Gen.Byte, Gen.Byte).Sample((bytes, cached, reasoning) =>
        {
            var price = Price with { CacheWriteNanosPerMillion = 1_250_000_000, ReasoningNanosPerMillion = 12_000_000_000 };
            var estimate = Estimator.Estimate(price, bytes, default, 256, 1);
            var used = estimate.Usage with { CachedWriteTokens = Math.Min(cached, estimate.Usage.PromptTokens), ReasoningTokens = reasoning };
            return CostCalculator.Cost(price, used).TotalNanos <= estimate.Nanos;
        });

    [Fact]
    public void Learns_a_ratio_and_stays_above_what_it_saw()
    {
        var ratio = default(TokenRatio);
        Assert.Equal(TokenRatio.UnlearnedMillionths, ratio.UpperMillionths);
        for (var i = 0; i < 200; i++) ratio = ratio.Learn(4_000, i % 2 == 0 ? 1_000 : 1_100);
        Assert.InRange(ratio.UpperMillionths, 275_000, 330_000);
        Assert.Equal(ratio, ratio.Learn(TokenRatio.LearnBytesMin - 1, 1_000_000));
    }
}
