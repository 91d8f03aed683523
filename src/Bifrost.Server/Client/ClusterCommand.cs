using System.CommandLine;
using System.CommandLine.Parsing;
using Bifrost.Cli.Jobs;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Client;

/// <summary>The command <c>cluster</c>: a client of a running cluster, which it finds by the configuration of one of its servers.</summary>
internal static class ClusterCommand
{
    private const string DefaultFile = "bifrost.json";
    private const int KeysMax = 10_000;

    private static readonly Option<string?> s_config = new("--config")
    {
        Description = "The configuration of a server of the cluster (BIFROST_CONFIG; default bifrost.json): its store, cluster id and certificates are used.",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<bool> s_json = new("--json") { Description = "Write JSON.", Recursive = true };

    public static Command Make()
    {
        var command = new Command("cluster", "Look into a running cluster, and drain its providers.");
        command.Options.Add(s_config);
        command.Options.Add(s_json);
        var status = new Command("status", "Silos, what lives on them, and their providers.");
        status.SetAction((parsed, stop) => RunAsync(parsed, stop, async cluster =>
        {
            await ClusterStatus.RunAsync(cluster, parsed.GetValue(s_json));
            return ClientExit.Done;
        }));
        command.Subcommands.Add(status);
        command.Subcommands.Add(Keys());
        command.Subcommands.Add(Turn("drain", "Send a provider no new calls, on any silo.", drain: true));
        command.Subcommands.Add(Turn("enable", "Send a drained provider calls again.", drain: false));
        return command;
    }

    private static Command Keys()
    {
        var ids = new Argument<string[]>("id") { Arity = ArgumentArity.ZeroOrMore, Description = "Virtual keys; without any, all that a silo has in memory." };
        var limit = new Option<int>("--limit") { Description = "How many.", DefaultValueFactory = _ => 100, HelpName = "number" };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > KeysMax) result.AddError($"--limit takes 1 to {KeysMax}.");
        });
        var command = new Command("keys", "What virtual keys have in hand now.") { ids, limit };
        command.SetAction((parsed, stop) => RunAsync(parsed, stop, async cluster =>
        {
            await ClusterKeys.RunAsync(cluster, parsed.GetValue(ids) ?? [], parsed.GetValue(limit), parsed.GetValue(s_json));
            return ClientExit.Done;
        }));
        return command;
    }

    private static Command Turn(string name, string description, bool drain)
    {
        var provider = new Argument<string>("provider");
        var command = new Command(name, description) { provider };
        command.SetAction((parsed, stop) => RunAsync(
            parsed, stop, cluster => ClusterTurn.RunAsync(cluster, parsed.GetValue(provider)!, drain, parsed.GetValue(s_json))));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop, Func<ClusterConnection, Task<int>> run)
    {
        var path = NotEmpty(parsed.GetValue(s_config)) ?? NotEmpty(Environment.GetEnvironmentVariable("BIFROST_CONFIG")) ?? DefaultFile;
        byte[] file;
        try
        {
            file = await File.ReadAllBytesAsync(path, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(
                $"{path}: cannot be read: {e.Message} Name the configuration of a server of the cluster with --config.", ClientExit.BadInput);
        }

        var (target, errors) = ConfigurationReader.ReadTarget(file, Environment.GetEnvironmentVariable);
        if (target is null) return await FailAsync(string.Join(Environment.NewLine, errors.Select(error => $"{path}: {error}")), ClientExit.BadInput);
        try
        {
            await using var cluster = await ClusterConnection.OpenAsync(target, stop);
            return await run(cluster);
        }
        catch (ClusterAwayException e)
        {
            return await FailAsync(e.Message, ClientExit.Unfinished);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            return await FailAsync($"The cluster did not answer, repeat it: {e.Message.ReplaceLineEndings(" ")}", ClientExit.Unfinished);
        }
    }

    private static async Task<int> FailAsync(string message, int code)
    {
        await Console.Error.WriteLineAsync(message);
        return code;
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
