using System.Text.Json;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Tests;

public sealed class ModelNameTests(SimulatorFixture simulator)
{
    [Fact]
    public async Task Every_listed_model_exists_and_says_what_it_does()
    {
        var list = JsonDocument.Parse(await simulator.Client.GetStringAsync("/v1/models")).RootElement.GetProperty("data").EnumerateArray().ToArray();

        Assert.Equal(ModelGuide.Entries.Length, list.Length);
        Assert.All(list, model =>
        {
            Assert.NotNull(ScriptParser.Parse(model.Text("id")!));
            Assert.NotEmpty(model.Text("description")!);
        });
        // A clause that changes nothing would be one that the parser does not know by its name; only the plain one and the tag change nothing.
        Assert.Equal(["", "tag-<anything>"], ModelGuide.Entries.Where(entry => ScriptParser.Parse(entry.Example)! is { } script
            && (script with { Name = "sim" } == new Script("sim") || entry.Clause.StartsWith("tag", StringComparison.Ordinal))).Select(entry => entry.Clause));
    }

    [Fact]
    public void Clauses_combine_in_any_order()
    {
        var one = ScriptParser.Parse("sim-1kb-delay-200ms-first-2-cut-after-3-usage-twice")!;
        var other = ScriptParser.Parse("sim-usage-twice-cut-after-3-first-2-delay-200ms-1kb")!;

        Assert.Equal(one with { Name = "" }, other with { Name = "" });
        Assert.Equal((1024, 200, 3, 2), (one.ContentBytes, one.Timing.DelayMs, one.Fault!.After, one.Gate.First));
    }

    [Theory]
    [InlineData("sim-")]
    [InlineData("sim-nonsense")]
    [InlineData("sim-delay")]
    [InlineData("sim-delay-5")]
    [InlineData("sim-delay-2h")]
    [InlineData("sim-delay-7200s")]
    [InlineData("sim-paced-0x5ms")]
    [InlineData("sim-cut-after")]
    [InlineData("sim-65mb")]
    [InlineData("sim-0b")]
    [InlineData("sim-399")]
    [InlineData("sim-600")]
    [InlineData("sim-html-204")]
    [InlineData("sim-retry-2")]
    [InlineData("sim-charged")]
    [InlineData("sim-reset-charged")]
    [InlineData("sim-words-99999999")]
    [InlineData("sim-tag")]
    public void Unknown_or_excessive_clauses_make_no_model(string name)
    {
        Assert.Null(ScriptParser.Parse(name));
    }

    [Theory]
    [InlineData("--urls http://127.0.0.1:0 --bill x.jsonl --bill-lines 5 --record 7", true)]
    [InlineData("--record --urls http://127.0.0.1:0", true)]
    [InlineData("--urls", false)]
    [InlineData("--bill-lines none", false)]
    [InlineData("--wrong", false)]
    public void The_command_line_takes_its_options_and_names_a_wrong_one(string line, bool good)
    {
        var (options, problem) = CommandLine.Parse(line.Split(' '));

        Assert.Equal(good, options is not null);
        Assert.Equal(good, problem.Length == 0);
        if (options is { RecordedCallsMax: 7 }) Assert.Equal(("http://127.0.0.1:0", "x.jsonl", 5), (options.Url, options.BillFile, options.BillLinesMax));
    }
}
