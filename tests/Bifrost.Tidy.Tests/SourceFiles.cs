namespace Bifrost.Tidy.Tests;

public class SourceFiles
{
    private const int LinesMax = 350;
    private const int LineLengthMax = 160;

    private static IEnumerable<string> Code => Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs"));

    [Fact]
    public void Stay_under_the_length_limit() => Offence.None(
        $"A file over {LinesMax} lines has more than one subject: split it.",
        Code.Select(f => (File: f, Repository.Lines(f).Length)).Where(f => f.Length > LinesMax).Select(f => $"{f.File}: {f.Length} lines"));

    [Fact]
    public void Keep_their_lines_readable() => Offence.None(
        $"A line over {LineLengthMax} characters hides its end.",
        Offence.Matching(Repository.Files("src", "*.cs"), $"^.{{{LineLengthMax + 1},}}$", commentsToo: true));

    [Fact]
    public void Carry_no_unfinished_marks() => Offence.None(
        "Finish it, or say in docs/decisions why not.",
        Offence.Matching(Code.Where(f => !f.Contains("Tidy.Tests")), @"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException", commentsToo: true));

    [Fact]
    public void Name_no_machine() => Offence.None(
        "Paths of one machine do not belong here.",
        Offence.Matching(
            Repository.Files("src").Concat(Repository.Files("tests")).Concat(Repository.Files("scripts")).Concat(Repository.Files("docs"))
                .Concat(Repository.Files("deploy")).Where(f => !f.Contains("Tidy.Tests")),
            @"(^|[\s""'=:(])/(work|root|home|farm|Users)/[A-Za-z.]", commentsToo: true));

    [Fact]
    public void Switch_no_test_off() => Offence.None(
        "Repair it or delete it.",
        Offence.Matching(Repository.Files("tests", "*.cs").Where(f => !f.Contains("Tidy.Tests")), @"\[(Fact|Theory)\([^)]*Skip\s*="));

    [Fact]
    public void Block_no_thread_in_the_product() => Offence.None(
        "Blocking a thread-pool thread stalls everybody's calls: await it.",
        Offence.Matching(Repository.Files("src", "*.cs"), @"\.GetAwaiter\(\)\.GetResult\(\)|Thread\.Sleep|\.Wait\(\)"));

    [Fact]
    public void Name_types_in_the_words_of_the_field() => Offence.None(
        "Name a class for its role: docs/architecture.md has the glossary.",
        Offence.Matching(Code, @"\b(class|record|struct|interface|enum) \w*(Desk|Door|Bell|Wish|Trouble|Patience)"));
}
