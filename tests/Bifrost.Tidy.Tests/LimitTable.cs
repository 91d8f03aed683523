using System.Text.RegularExpressions;

namespace Bifrost.Tidy.Tests;

/// <summary>Every limit that a metric counts has a row in the table of limits.</summary>
public partial class LimitTable
{
    [Fact]
    public void Names_every_limit()
    {
        var words = Words().Matches(Repository.Text("src/Bifrost.Calls/Limits/LimitWords.cs")).Select(match => match.Groups[1].Value).ToArray();
        Assert.True(words.Length > 15, "the words were found");
        var operations = Repository.Text("docs/operations.md");
        var from = operations.IndexOf("## Limits", StringComparison.Ordinal);
        var rows = operations[from..operations.IndexOf("### Circuits", from, StringComparison.Ordinal)].Split('\n').Where(line => line.StartsWith('|')).ToArray();
        Offence.None(
            "A limit without a row in docs/operations.md, \"Limits\": what it is, its default, what the caller reads, its word.",
            words.Where(word => !Array.Exists(rows, row => row.Split('|')[^2].Contains($"`{word}`", StringComparison.Ordinal))));
    }

    [GeneratedRegex(@"Limit\.\w+ => ""(\w+)""", RegexOptions.None, 5_000)]
    private static partial Regex Words();
}
