using System.Reflection;

namespace Bifrost.Tidy.Tests;

/// <summary>The repository's own files, without what a build makes.</summary>
internal static class Repository
{
    private static readonly string[] Skipped = ["artifacts", "node_modules", ".git", "data", "bin", "obj"];

    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Every file below a folder, as paths relative to the root with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder, string pattern = "*")
    {
        var start = Path.Combine(Root, folder);
        return Directory.Exists(start) ? Walk(start, pattern).Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/')) : [];
    }

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Walk(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern).Concat(
            Directory.EnumerateDirectories(folder).Where(d => !Skipped.Contains(Path.GetFileName(d))).SelectMany(d => Walk(d, pattern)));
}
