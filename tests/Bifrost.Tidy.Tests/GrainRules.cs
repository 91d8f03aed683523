namespace Bifrost.Tidy.Tests;

/// <summary>What keeps grain code the same on both engines.</summary>
public class GrainRules
{
    private static IEnumerable<string> Grains => Repository.Files("src/Bifrost.Grains", "*.cs");

    [Fact]
    public void No_conditional_compilation_outside_the_engine_roots() => Offence.None(
        "Grains, messages and rules are the same source on both engines; they differ in the engine roots and csproj references only.",
        Offence.Matching(Repository.Files("src", "*.cs"), @"^\s*#(if|elif|else)\b"));

    [Fact]
    public void Only_the_engine_roots_are_compiled_by_engine() => Offence.None(
        "Two files differ by engine: Server/Engine/Engine.Orleans.cs and Engine.Embedded.cs.",
        Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj"))
            .SelectMany(f => Offence.Matching([f], @"<Compile[^>]*\$\(Engine\)"))
            .Where(o => !o.Contains("Engine.Orleans.cs") && !o.Contains("Engine.Embedded.cs")));

    [Fact]
    public void Grains_stay_in_their_turn() => Offence.None(
        "ConfigureAwait(false), Task.Run and thread hops leave the grain's scheduler (ORLEANS0014).",
        Offence.Matching(Grains, @"ConfigureAwait\(|Task\.Run|Task\.Factory\.StartNew|ThreadPool\."));

    [Fact]
    public void Grain_methods_take_no_cancellation_token() => Offence.None(
        "A cancelled Orleans call returns at once and drops the callee's reply.",
        Repository.Files("src/Bifrost.Abstractions", "I*Grain.cs").SelectMany(f => Offence.Matching([f], @"\bCancellationToken\b")));

    [Fact]
    public void Grains_use_no_api_that_only_the_twin_has() => Offence.None(
        "The twin's own namespaces are for the engine root alone.",
        Offence.Matching(
            Repository.Files("src", "*.cs").Where(f => !f.StartsWith("src/Bifrost.Embedded/") && !f.EndsWith("/Engine.Embedded.cs")),
            @"\bBifrost\.Embedded\b"));

    [Fact]
    public void Persistent_state_names_are_unique()
    {
        var names = Grains.SelectMany(Repository.Lines)
            .Select(l => System.Text.RegularExpressions.Regex.Match(l, @"\[PersistentState\(""([^""]+)""", default, TimeSpan.FromSeconds(1)))
            .Where(m => m.Success).Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal(names.Distinct(), names);
    }
}
