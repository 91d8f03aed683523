using System.Xml.Linq;

namespace Bifrost.Tidy.Tests;

/// <summary>Arrows between projects point only up the list of projects.</summary>
public class ProjectReferences
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Bifrost.Chat"] = [],
        ["Bifrost.Ledger"] = ["Bifrost.Chat"],
        ["Bifrost.Catalog"] = ["Bifrost.Ledger"],
        ["Bifrost.Keys"] = ["Bifrost.Catalog"],
        ["Bifrost.Calls"] = ["Bifrost.Keys"],
        ["Bifrost.Providers"] = ["Bifrost.Calls"],
        ["Bifrost.Jobs"] = ["Bifrost.Calls"],
        ["Bifrost.Storage"] = ["Bifrost.Jobs"],
        ["Bifrost.Http"] = ["Bifrost.Calls"],
        ["Bifrost.Gateway"] = ["Bifrost.Http", "Bifrost.Jobs"],
        ["Bifrost.Admin"] = ["Bifrost.Http", "Bifrost.Jobs"],
        ["Bifrost.Cli"] = ["Bifrost.Ledger"],
        ["Bifrost.Simulator"] = [],
        ["Bifrost.Server"] =
        [
            "Bifrost.Gateway", "Bifrost.Admin", "Bifrost.Cli", "Bifrost.Jobs", "Bifrost.Providers", "Bifrost.Storage", "Bifrost.Simulator",
        ],
    };

    private static readonly string[] s_pure = ["Bifrost.Chat", "Bifrost.Ledger", "Bifrost.Catalog"];

    private static IEnumerable<string> Projects => Repository.Files("src", "*.csproj");

    [Fact]
    public void Point_only_where_the_architecture_says() => Offence.None(
        "See docs/architecture.md, projects.",
        from project in Projects
        let name = Path.GetFileNameWithoutExtension(project)
        from reference in References(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')))
        where !Allowed.TryGetValue(name, out var allowed) || !allowed.Contains(reference)
        select $"{name} -> {reference}");

    [Fact]
    public void Pure_projects_know_no_web_server_no_database_and_no_running_silo() => Offence.None(
        "Pure projects take values and answer values.",
        Offence.Matching(
            s_pure.SelectMany(p => Repository.Files($"src/{p}", "*.cs").Concat(Repository.Files($"src/{p}", "*.csproj"))),
            @"Microsoft\.AspNetCore|Microsoft\.Data\.|Npgsql|Orleans\.Hosting|Orleans\.Server|System\.Net\.Http"));

    [Fact]
    public void Package_versions_stand_in_one_place() => Offence.None(
        "Directory.Packages.props has every version.",
        Offence.Matching(Projects.Concat(Repository.Files("tests", "*.csproj")), @"<PackageReference[^>]*\bVersion="));

    [Fact]
    public void The_simulator_shares_nothing_with_the_product() => Offence.None(
        "A shared parser would hide its own bug.",
        Offence.Matching(Repository.Files("src/Bifrost.Simulator", "*.cs"), @"using Bifrost\.(?!Simulator)"));

    /// <summary>The web SDK would start it in the project's folder, where README's data/demo-key and a user's own files are not.</summary>
    [Fact]
    public void Dotnet_run_starts_the_server_in_the_users_folder() => Assert.Equal(
        ["false"],
        XDocument.Parse(Repository.Text("src/Bifrost.Server/Bifrost.Server.csproj")).Descendants("EnableDefaultRunWorkingDirectory").Select(e => e.Value));

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Parse(Repository.Text(project)).Descendants(kind).Select(e => (string)e.Attribute("Include")!);
}
