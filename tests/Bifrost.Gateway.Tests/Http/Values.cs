using Bifrost.Catalog.Json;
using Bifrost.Http.Bodies;

namespace Bifrost.Gateway.Tests.Http;

public class Values
{
    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(0, "0s")]
    [InlineData(12, "12ms")]
    [InlineData(1_000, "1s")]
    [InlineData(1_001, "2s")]
    [InlineData(59_000, "59s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(360_000, "6m0s")]
    [InlineData(3_605_000, "1h0m5s")]
    [InlineData(90_000_000, "25h0m0s")]
    public void Durations_in_headers_round_up(long milliseconds, string text) => Assert.Equal(text, GoDuration.Format(milliseconds));

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("2s", 2_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("", -1)]
    [InlineData("5", -1)]
    [InlineData("s", -1)]
    [InlineData("5 s", -1)]
    [InlineData("-5s", -1)]
    [InlineData("99999999999h", -1)]
    public void Durations_in_the_configuration_are_read(string text, long milliseconds)
    {
        var read = GoDuration.TryParseMs(text, out var value);
        Assert.Equal(milliseconds >= 0, read);
        if (read) Assert.Equal(milliseconds, value);
    }

    [Fact]
    public void The_budget_of_bodies_is_taken_whole_or_not_at_all()
    {
        var budget = new BodyBudget(100);
        Assert.True(budget.TryTake(60));
        Assert.False(budget.TryTake(41));
        Assert.Equal(60, budget.Taken);
        Assert.True(budget.TryTake(40));
        budget.GiveBack(100);
        Assert.Equal(0, budget.Taken);
    }
}
