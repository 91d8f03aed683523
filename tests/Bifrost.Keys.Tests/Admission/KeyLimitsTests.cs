using Bifrost.Keys.Admission;
using Bifrost.Keys.Grains;
using Bifrost.Ledger.Leases;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Keys.Tests.Admission;

public class KeyLimitsTests
{
    /// <summary>Calls of an hour were given up after twelve minutes, and prices that come into force later than in ten were not looked at.</summary>
    [Fact]
    public void A_longer_time_limit_of_calls_is_that_of_what_is_remembered_of_them()
    {
        var services = new ServiceCollection().AddSingleton(new LedgerOptions { LongestCall = TimeSpan.FromHours(1) }).AddKeyGrains();
        using var provider = services.BuildServiceProvider();
        var limits = provider.GetRequiredService<KeyLimits>();

        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromMinutes(61)), (limits.CallMax, limits.RunningMax));
    }
}
