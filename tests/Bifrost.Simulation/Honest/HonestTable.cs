using System.Globalization;
using Bifrost.Catalog.Model;

namespace Bifrost.Simulation.Honest;

/// <summary>Runs cases and writes their figures as a table in Markdown.</summary>
internal static class HonestTable
{
    private const string Head =
        "| traffic | budget, left USD | keys | silos | policy | % spent at first 402 | % spent at the end | calls | payable 429 a call | payable 402 | longest wait s | longest payable s "
        + "| blocked % | clamped % | cut % | acquires a call |";

    private static readonly (AdmissionRule Admission, ClampRule Clamp)[] s_policies =
    [
        (AdmissionRule.Estimate, ClampRule.Learned), (AdmissionRule.Bound, ClampRule.Learned), (AdmissionRule.Bound, ClampRule.Unnamed),
        (AdmissionRule.Bound, ClampRule.Any), (AdmissionRule.Bound, ClampRule.Never),
    ];

    /// <summary>Prints every case whose traffic's name contains <paramref name="filter"/>.</summary>
    /// <param name="from">The first seed.</param>
    /// <param name="seeds">How many seeds each case has.</param>
    /// <param name="filter">Part of <c>TRAFFIC/BUDGET/KEYS/SILOS</c>.</param>
    /// <param name="policy">Part of the name of a policy.</param>
    /// <param name="keys">Keys of the teams; what is left of their budgets shrinks along.</param>
    public static void Print(int from, int seeds, string filter, string policy, int keys)
    {
        Console.WriteLine(Head);
        Console.WriteLine(string.Concat(Enumerable.Repeat("|---", Head.Count(sign => sign == '|') - 1)) + "|");
        foreach (var of in Cases(keys).Where(of => Name(of).Contains(filter, StringComparison.Ordinal)))
        {
            foreach (var (admission, clamp) in s_policies)
            {
                var one = of with { Admission = admission, Clamp = clamp };
                if (!one.Policy.Contains(policy, StringComparison.Ordinal)) continue;
                Console.WriteLine(Row(one, Enumerable.Range(from, seeds).Select(seed => HonestWorld.Run(one, seed)).Aggregate((sum, next) => sum + next)));
            }
        }
    }

    public static string Row(HonestCase of, HonestFigures figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {of.Mix.Name}{(of.CallsBefore == 0 ? ", new keys" : "")} | {of.LimitUsd}, {of.LeftUsd} | {of.Keys} | {of.Silos} | {of.Policy} | {figures.SpentAtFirst402Percent:F2} "
        + $"| {figures.SpentPercent:F2} | {figures.Calls} | {figures.HeldPayablePerCall:F2} | {figures.ExceededPayable} | {figures.LongestWait.TotalSeconds:F0} "
        + $"| {figures.LongestPayable.TotalSeconds:F0} | {figures.BlockedPercent:F1} | {figures.ClampedPercent:F0} | {figures.CutPercent:F2} | {figures.AcquiresPerCall:F2} |");

    private static string Name(HonestCase of) =>
        string.Create(CultureInfo.InvariantCulture, $"{of.Mix.Name}/{of.LimitUsd}/{of.Keys}/{of.Silos}");

    private static IEnumerable<HonestCase> Cases(int keys)
    {
        foreach (var mix in new[] { HonestMix.Chat, HonestMix.Thinking, HonestMix.Agents, HonestMix.AgentsUncounted })
        {
            var dear = mix == HonestMix.Chat ? 1 : 4;
            yield return new HonestCase { Mix = mix, LimitUsd = 0.05m, LeftUsd = 0.05m, Keys = 1, Silos = 1 };
            yield return new HonestCase { Mix = mix, LimitUsd = 5, LeftUsd = 5, Keys = 1, Silos = 1 };
            yield return new HonestCase { Mix = mix, LimitUsd = 500, LeftUsd = 5 * dear, Keys = 1, Silos = 1 };
            for (var silos = 1; silos <= 2; silos++)
            {
                yield return new HonestCase { Mix = mix, LimitUsd = 5, LeftUsd = 5, Keys = keys, Silos = silos };
                yield return new HonestCase { Mix = mix, LimitUsd = 500, LeftUsd = 0.06m * keys * dear, Keys = keys, Silos = silos };
            }
        }

        for (var silos = 1; silos <= 2; silos++)
            yield return new HonestCase { Mix = HonestMix.AllName32K, LimitUsd = 500, LeftUsd = 20, Keys = 50, Silos = silos };
    }
}
