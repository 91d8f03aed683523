using System.Text.RegularExpressions;

namespace Bifrost.Tidy.Tests;

/// <summary>Lines that break a rule, reported all at once as <c>file:line: text</c>.</summary>
internal static class Offence
{
    public static void None(string rule, IEnumerable<string> offences)
    {
        var found = offences.ToArray();
        Assert.True(found.Length == 0, $"{rule}\n{string.Join('\n', found)}");
    }

    /// <summary>Lines of the files that match, comments left out unless asked for.</summary>
    public static IEnumerable<string> Matching(IEnumerable<string> files, string pattern, bool commentsToo = false)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        foreach (var file in files)
        {
            var number = 0;
            foreach (var line in Repository.Lines(file))
            {
                number++;
                if (!commentsToo && line.TrimStart().StartsWith("//", StringComparison.Ordinal)) continue;
                if (regex.IsMatch(line)) yield return $"{file}:{number}: {line.Trim()}";
            }
        }
    }
}
