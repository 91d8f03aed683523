using Bifrost.Calls.Dispatch;
using CsCheck;

namespace Bifrost.Calls.Tests.Dispatch;

public class KeyChoiceTests
{
    /// <summary>Also what no configuration gives: weights below nothing, infinite ones, and no number at all.</summary>
    private static readonly Gen<double> s_weight = Gen.Frequency<double>((4, Gen.Double[0, 10]), (1, Gen.Const(0.0)), (1, Gen.Double), (1, Gen.Double.Special));

    [Fact]
    public void Chooses_in_proportion_to_the_weights()
    {
        var random = new Random(20_260_101);
        double[] weights = [1, 0, 3, 6];
        var chosen = new int[4];
        for (var i = 0; i < 100_000; i++) chosen[KeyChoice.Choose(weights, random.NextDouble())]++;
        Assert.InRange(chosen[0], 9_600, 10_400);
        Assert.Equal(0, chosen[1]);
        Assert.InRange(chosen[2], 29_300, 30_700);
        Assert.InRange(chosen[3], 59_200, 60_800);
    }

    [Fact]
    public void Chooses_evenly_when_nothing_weighs_anything()
    {
        double[] weights = [0, 0, 0];
        Assert.Equal([0, 1, 2], new[] { 0.1, 0.5, 0.999 }.Select(sample => KeyChoice.Choose(weights, sample)));
    }

    [Fact]
    public void Chooses_nobody_among_none() => Assert.Equal(-1, KeyChoice.Choose([], 0.5));

    [Fact]
    public void Never_chooses_a_weightless_one_while_another_weighs_something() => Gen.Select(s_weight.Array[1, 20], Gen.Double.Unit).Sample(
        (weights, sample) =>
        {
            var chosen = KeyChoice.Choose(weights, sample);
            Assert.InRange(chosen, 0, weights.Length - 1);
            if (weights.Any(weight => weight > 0)) Assert.True(weights[chosen] > 0);
        },
        iter: 2_000);
}
