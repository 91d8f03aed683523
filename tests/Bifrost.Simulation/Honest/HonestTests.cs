using Bifrost.Catalog.Model;

namespace Bifrost.Simulation.Honest;

/// <summary>Honest callers near a limit are hardly refused more under the bound than under the estimate (docs/bounds.md).</summary>
public sealed class HonestTests
{
    private const int Seeds = 6;
    private const int Keys = 100;
    private const double RefusalsMax = 1.5;
    private const double CutPercentMax = 3;
    private const double SpentPercentMin = 99.5;
    private const double BlockedPercentMax = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Chat_near_a_limit_is_hardly_refused_more_than_under_the_estimate(int silos)
    {
        var chat = new HonestCase { Mix = HonestMix.Chat, LimitUsd = 500, LeftUsd = 0.06m * Keys, Keys = Keys, Silos = silos };
        var estimate = Run(chat with { Admission = AdmissionRule.Estimate });
        var bound = Run(chat);
        var both = $"{HonestTable.Row(chat with { Admission = AdmissionRule.Estimate }, estimate)}{Environment.NewLine}{HonestTable.Row(chat, bound)}";
        Assert.True(estimate.HeldPayable > Keys, $"they never ran against the limit: {both}");
        Assert.True(bound.HeldPayablePerCall <= RefusalsMax * estimate.HeldPayablePerCall, both);
        Assert.True(bound.LongestPayable <= RefusalsMax * estimate.LongestPayable, both);
        Assert.True(bound.CutPercent <= CutPercentMax, both);
        Assert.True(bound.SpentPercent >= SpentPercentMin, both);
    }

    [Fact]
    public void Callers_who_all_name_32k_are_hardly_blocked()
    {
        var agents = new HonestCase { Mix = HonestMix.AllName32K, LimitUsd = 500, LeftUsd = 20, Keys = 50, Silos = 1 };
        var learned = HonestWorld.Run(agents, seed: 0);
        Assert.True(learned.BlockedPercent <= BlockedPercentMax && learned.CutPercent <= CutPercentMax, HonestTable.Row(agents, learned));
        var unnamed = agents with { Clamp = ClampRule.Unnamed };
        var blocked = HonestWorld.Run(unnamed, seed: 0);
        Assert.True(blocked.BlockedPercent > 4 * BlockedPercentMax, "the case shows nothing: " + HonestTable.Row(unnamed, blocked));
    }

    [Fact]
    public void Repeats_a_seed_exactly()
    {
        var few = new HonestCase { Mix = HonestMix.Chat, LimitUsd = 5, LeftUsd = 0.5m, Keys = 10, Silos = 2 };
        Assert.Equal(HonestWorld.Run(few, 7), HonestWorld.Run(few, 7));
    }

    private static HonestFigures Run(HonestCase of) => Enumerable.Range(0, Seeds).Select(seed => HonestWorld.Run(of, seed)).Aggregate((sum, next) => sum + next);
}
