using System.Text.RegularExpressions;

namespace Bifrost.Tidy.Tests;

/// <summary>
/// Inside of a project arrows between folders point one way as well. Found in the text: a folder uses another one where a file of it names
/// a type that the other declares. A project's root may use its folders: hosting stands there. Folders share the root's Log alone.
/// </summary>
public partial class FolderCircles
{
    [Fact]
    public void There_are_none()
    {
        var files = Repository.Files("src", "*.cs").Where(f => f.Count(c => c == '/') > 2).Select(f => new SourceFile(f)).ToArray();
        var declared = files.SelectMany(f => f.Declares.Select(type => (Type: type, f.Folder, f.Namespace))).ToLookup(d => d.Type);
        var uses = files.GroupBy(f => f.Folder).ToDictionary(
            group => group.Key,
            group => group.SelectMany(f => f.Names.SelectMany(name => declared[name])
                    .Where(d => d.Folder != f.Folder && f.Sees(d.Namespace)).Select(d => d.Folder)).ToHashSet());
        Offence.None("Two folders that use each other are one: move what both need below them.", uses.Keys.Where(f => Reaches(f, f, uses, [])));
    }

    private static bool Reaches(string from, string to, Dictionary<string, HashSet<string>> uses, HashSet<string> seen) =>
        uses.GetValueOrDefault(from, []).Any(next => next == to || (seen.Add(next) && Reaches(next, to, uses, seen)));

    [GeneratedRegex(@"//[^\n]*|(?<![$@""])""(?:\\.|[^""\\\n])*""", RegexOptions.None, 5_000)]
    private static partial Regex CommentsAndTexts();

    [GeneratedRegex(
        @"^(?:\[.*\]\s*)?(?:(?:public|internal|sealed|static|abstract|readonly|partial|ref)\s+)*(?:class|struct|interface|enum|record struct|record)\s+([A-Z]\w*)",
        RegexOptions.Multiline, 5_000)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"(?<!\.)\b[A-Z]\w*", RegexOptions.None, 5_000)]
    private static partial Regex Identifiers();

    private sealed class SourceFile
    {
        private readonly HashSet<string> _usings;

        public SourceFile(string path)
        {
            Folder = path[..path.LastIndexOf('/')];
            Namespace = Folder["src/".Length..].Replace('/', '.');
            var code = CommentsAndTexts().Replace(Repository.Text(path), " ");
            _usings = [.. code.Split('\n').Where(l => l.StartsWith("using Bifrost.", StringComparison.Ordinal)).Select(l => l["using ".Length..].TrimEnd(';', ' '))];
            Declares = [.. Declarations().Matches(code).Select(m => m.Groups[1].Value)];
            Names = [.. Identifiers().Matches(code).Select(m => m.Value)];
        }

        public string Folder { get; }
        public string Namespace { get; }
        public string[] Declares { get; }
        public HashSet<string> Names { get; }

        public bool Sees(string other) => _usings.Contains(other) || Namespace.StartsWith(other + ".", StringComparison.Ordinal);
    }
}
