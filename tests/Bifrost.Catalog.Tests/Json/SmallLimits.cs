using Bifrost.Catalog.Json;
using static Bifrost.Catalog.Tests.Json.ReadRig;

namespace Bifrost.Catalog.Tests.Json;

public class SmallLimits
{
    [Theory]
    [InlineData("1e-12")]
    [InlineData("0.0000000004")]
    [InlineData("1e-60")]
    public void A_limit_that_would_become_nothing_is_refused(string usd)
    {
        var (_, errors) = Body($$"""{"max_limit":{{usd}},"reset_duration":"1d"}""", section => BudgetReader.Read(section, aligned: false, _ => "b"));
        Assert.Equal("max_limit", Assert.Single(errors).Path);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.0", 0)]
    [InlineData("1e-9", 1)]
    public void Nothing_and_the_smallest_limit_are_limits(string usd, long nanos)
    {
        var (budget, errors) = Body($$"""{"max_limit":{{usd}},"reset_duration":"1d"}""", section => BudgetReader.Read(section, aligned: false, _ => "b"));
        Assert.Empty(errors);
        Assert.Equal(nanos, budget!.LimitNanos);
    }
}
