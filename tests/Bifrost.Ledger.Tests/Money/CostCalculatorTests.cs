using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;
using CsCheck;

namespace Bifrost.Ledger.Tests.Money;

public sealed class CostCalculatorTests
{
    private static readonly ModelPrice Price = new()
    {
        InputNanosPerMillion = 3_000_000_001,
        OutputNanosPerMillion = 15_000_000_007,
        CacheReadNanosPerMillion = 300_000_000,
        CacheWriteNanosPerMillion = 3_750_000_000,
        ReasoningNanosPerMillion = 16_000_000_000,
        InputAudioNanosPerMillion = 40_000_000_000,
        OutputAudioNanosPerMillion = 80_000_000_000,
        CitationNanosPerMillion = 2_000_000_003,
        SearchQueryNanos = 5_000_000,
        RequestNanos = 7,
        Tiers = [new PriceTier { AbovePromptTokens = 200_000, InputNanosPerMillion = 6_000_000_000, OutputNanosPerMillion = 22_500_000_000 }],
    };

    [Fact]
    public void Prices_each_kind_of_token_once()
    {
        var cost = CostCalculator.Cost(Price with { InputNanosPerMillion = 3_000_000_000, OutputNanosPerMillion = 15_000_000_000 }, new TokenUsage
        {
            PromptTokens = 1_000,
            CachedReadTokens = 400,
            CachedWriteTokens = 100,
            PromptAudioTokens = 50,
            CompletionTokens = 500,
            ReasoningTokens = 300,
            CompletionAudioTokens = 20,
            CitationTokens = 0,
            SearchQueries = 2,
        });
        Assert.Equal((450 * 3_000L) + (400 * 300L) + (100 * 3_750L) + (50 * 40_000L), cost.InputNanos);
        Assert.Equal((180 * 15_000L) + (20 * 80_000L), cost.OutputNanos);
        Assert.Equal(300 * 16_000L, cost.ReasoningNanos);
        Assert.Equal(10_000_000, cost.SearchNanos);
        Assert.Equal(7, cost.RequestNanos);
    }

    [Fact]
    public void Takes_the_tier_of_the_prompt()
    {
        var below = CostCalculator.Cost(Price, new TokenUsage { PromptTokens = 200_000 });
        var above = CostCalculator.Cost(Price, new TokenUsage { PromptTokens = 200_001 });
        Assert.Equal(600_000_000 + 7, below.TotalNanos, 1L);
        Assert.Equal(1_200_006_000 + 7, above.TotalNanos);
    }

    [Fact]
    public void Parts_add_up_to_the_sum_rounded_once() =>
        Gen.Select(Gen.UShort, Gen.UShort, Gen.UShort).Sample((prompt, completion, special) =>
        {
            var (read, reasoning) = (special / 256, special % 256);
            var usage = new TokenUsage
            {
                PromptTokens = prompt + read,
                CompletionTokens = completion + reasoning,
                CachedReadTokens = read,
                ReasoningTokens = reasoning,
                CitationTokens = read,
            };
            var exact = (prompt * (decimal)Price.InputNanosPerMillion) + (read * 300_000_000m) + (completion * (decimal)Price.OutputNanosPerMillion)
                + (reasoning * 16_000_000_000m) + (read * 2_000_000_003m) + 7_000_000m;
            var cost = CostCalculator.Cost(Price, usage);
            return cost.TotalNanos == decimal.ToInt64(decimal.Round(exact / 1_000_000m, MidpointRounding.AwayFromZero))
                && Math.Min(cost.InputNanos, Math.Min(cost.OutputNanos, cost.CitationNanos)) >= 0;
        });

    [Fact]
    public void Survives_reports_that_are_nonsense()
    {
        Assert.Equal(7, CostCalculator.Cost(Price, new TokenUsage { PromptTokens = -5, CompletionTokens = long.MinValue }).TotalNanos);
        var most = CostCalculator.Cost(Price with { OutputNanosPerMillion = Nanos.PricePerMillionMax }, new TokenUsage { CompletionTokens = long.MaxValue });
        Assert.Equal(CostCalculator.EntryNanosMax, most.TotalNanos);
    }
}
