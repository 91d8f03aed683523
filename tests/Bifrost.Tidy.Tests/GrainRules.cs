namespace Bifrost.Tidy.Tests;

/// <summary>What Orleans asks of grain code and its compiler does not check.</summary>
public class GrainRules
{
    private static IEnumerable<string> Grains => Repository.Files("src", "*.cs").Where(f => f.Contains("/Grains/") || f.EndsWith("Grain.cs"));

    [Fact]
    public void Grains_stay_in_their_turn() => Offence.None(
        "ConfigureAwait(false), Task.Run and thread hops leave the grain's scheduler (ORLEANS0014).",
        Offence.Matching(Grains, @"ConfigureAwait\(|Task\.Run|Task\.Factory\.StartNew|ThreadPool\."));

    [Fact]
    public void Grain_methods_take_no_cancellation_token() => Offence.None(
        "A cancelled Orleans call returns at once and drops the callee's reply.",
        Repository.Files("src", "I*Grain.cs").SelectMany(f => Offence.Matching([f], @"\bCancellationToken\b")));

    [Fact]
    public void Persistent_state_names_are_unique()
    {
        var names = Grains.SelectMany(Repository.Lines)
            .Select(l => System.Text.RegularExpressions.Regex.Match(l, @"\[PersistentState\(""([^""]+)""", default, TimeSpan.FromSeconds(1)))
            .Where(m => m.Success).Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal(names.Distinct(), names);
    }
}
