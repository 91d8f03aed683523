using System.CommandLine;
using Bifrost.Cli.Jobs;
using Bifrost.Server.Client;

namespace Bifrost.Server.Composition;

/// <summary>The options of contract section 10. The command line wins over the environment.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, Func<StartOptions, CancellationToken, Task<int>> start)
    {
        var urls = new Option<string?>("--urls")
        {
            Description = "Where to listen, several parted by ';' (ASPNETCORE_URLS; default http://127.0.0.1:8080).",
            HelpName = "addresses",
        };
        var config = new Option<string?>("--config")
        {
            Description = "The configuration file (BIFROST_CONFIG; default bifrost.json where it is there, else a built-in demonstration).",
            HelpName = "file",
        };
        var version = new Option<bool>("--version") { Description = "Show the version." };
        var root = new RootCommand("Bifrost.Actors: an AI gateway with exact budgets. It speaks the OpenAI chat protocol.") { urls, config };
        for (var i = root.Options.Count - 1; i >= 0; i--)
            if (root.Options[i] is VersionOption) root.Options.RemoveAt(i);
        root.Options.Add(version);
        root.Subcommands.Add(JobsCommand.Make());
        root.Subcommands.Add(ClusterCommand.Make());
        root.Subcommands.Add(CopyCommands.Backup());
        root.Subcommands.Add(CopyCommands.Restore());
        root.SetAction(async (parsed, cancellationToken) =>
        {
            if (!parsed.GetValue(version)) return await start(Options(parsed.GetValue(urls), parsed.GetValue(config)), cancellationToken);
            await Console.Out.WriteLineAsync(ProductInfo.VersionLine);
            return ExitCodes.Stopped;
        });
        var result = root.Parse(args);

        // Signals are the host's; the library's own handling would end the process in the middle of a drain.
        var code = await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        return result.Errors.Count > 0 ? ExitCodes.BadConfiguration : code;
    }

    /// <summary>What the command line says, and the environment where it does not.</summary>
    public static StartOptions Options(string? urls, string? config)
    {
        var options = new StartOptions();
        return options with
        {
            Urls = NotEmpty(urls) ?? NotEmpty(Environment.GetEnvironmentVariable("ASPNETCORE_URLS")) ?? options.Urls,
            AdminToken = NotEmpty(Environment.GetEnvironmentVariable("BIFROST_ADMIN_TOKEN"))?.Trim(),
            ConfigPath = NotEmpty(config) ?? NotEmpty(Environment.GetEnvironmentVariable("BIFROST_CONFIG")),
        };
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
