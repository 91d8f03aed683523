using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests;

/// <summary>docs/providers.md says what tests show, and nothing else.</summary>
public class FeatureTests
{
    private const string Begin = "<!-- features -->\n", End = "<!-- end of features -->";

    [Fact]
    public void Every_cell_has_a_test() => Assert.Equal(
        [],
        FeatureList.Rows.SelectMany(row => row.Cells.Where(cell => FeatureList.TestOf(cell.Dialect, cell.Test) is null).Select(cell => $"{row.Feature}, {cell.Dialect}: {cell.Test}")));

    [Fact]
    public void The_page_has_the_table_of_the_tests()
    {
        var page = File.ReadAllText(PagePath()).ReplaceLineEndings("\n");
        var from = page.IndexOf(Begin, StringComparison.Ordinal);
        var to = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, $"The page needs a table between {Begin.Trim()} and {End}.");
        Assert.Equal(FeatureList.Table(), page[(from + Begin.Length)..to]);
    }

    private static string PagePath() => Path.Combine(Repository.Root, "docs", "providers.md");
}
