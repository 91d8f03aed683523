using Bifrost.Calls.Accounting;

namespace Bifrost.Calls.Tests.Accounting;

public class OutputRatesTests
{
    private readonly OutputRates _rates = new();

    [Fact]
    public void Of_an_unknown_model_assumes_500()
    {
        Assert.Equal(500, _rates.Of("p", "m"));
        _rates.Learn("p", "other", 1_000, 10_000);
        Assert.Equal(500, _rates.Of("p", "m"));
    }

    [Fact]
    public void Slow_answers_teach_no_lower_rate()
    {
        for (var i = 0; i < 100; i++) _rates.Learn("p", "m", 4_000, 590_000);
        Assert.Equal(500, _rates.Of("p", "m"));
    }

    /// <summary>A rate is a bound: whoever waits long for little must not lower it.</summary>
    [Fact]
    public void Only_rises_and_short_answers_teach_nothing()
    {
        for (var i = 0; i < 100; i++) _rates.Learn("p", "m", OutputRates.TeachingTokens - 1, 60_000);
        Assert.Equal(500, _rates.Of("p", "m"));

        _rates.Learn("p", "m", 10_000, 1_000);
        Assert.Equal(12_500, _rates.Of("p", "m"));
        for (var i = 0; i < 100; i++) _rates.Learn("p", "m", 1_000, 60_000);
        Assert.Equal(12_500, _rates.Of("p", "m"));
    }

    [Fact]
    public void Learns_so_many_models_and_no_more()
    {
        for (var i = 0; i < OutputRates.ModelsMax; i++) _rates.Learn("p", $"m{i}", 1_000, 1_000);
        _rates.Learn("p", "one-more", 10_000, 1_000);

        Assert.Equal((1_250, 500), (_rates.Of("p", "m7"), _rates.Of("p", "one-more")));
    }
}
