using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;

namespace Bifrost.Cli.Jobs;

/// <summary>The command <c>jobs</c>: a client for whole files of requests, in the server's own executable.</summary>
public static class JobsCommand
{
    private const string DefaultAddress = "http://127.0.0.1:8080";

    private static readonly Option<string?> s_url = new("--url")
    {
        Description = $"Where the gateway is (BIFROST_URL; default {DefaultAddress}).", HelpName = "address", Recursive = true,
    };

    private static readonly Option<string?> s_key = new("--key")
    {
        Description = "The virtual key (better in BIFROST_KEY, where no list of processes shows it; else the demonstration's in ./data).",
        HelpName = "key",
        Recursive = true,
    };

    public static Command Make()
    {
        var command = new Command("jobs", "Submit files of requests as jobs, and look after them.");
        command.Options.Add(s_url);
        command.Options.Add(s_key);
        command.Subcommands.Add(Submit());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Get());
        command.Subcommands.Add(Cancel());
        return command;
    }

    private static Command Submit()
    {
        var file = new Argument<string>("file") { Description = "One request a line: OpenAI's batch lines, or chat completion requests." };
        var watch = new Option<bool>("--watch") { Description = "Wait for the jobs and write each result as it comes." };
        var output = new Option<string?>("--output") { Description = "Where results go (default: FILE.results.jsonl beside the input).", HelpName = "file" };
        var state = new Option<string?>("--state") { Description = "Which line became which job (default: FILE.jsonl.jobs).", HelpName = "file" };
        var concurrency = Whole("--concurrency", "Requests under way at once.", 16, 1, SubmitOptions.ConcurrencyMax);
        var ttl = Whole("--ttl", "Seconds that the server keeps a result.", 86_400, 1, 31_536_000);
        var patience = Whole("--patience", "Seconds without any success after which it gives up.", 600, 1, 604_800);
        var webhook = new Option<string?>("--webhook") { Description = "The endpoint that is told when a job has ended.", HelpName = "name" };
        var run = new Option<string>("--run") { Description = "Another word here runs the same file anew.", DefaultValueFactory = _ => "1", HelpName = "word" };
        run.Validators.Add(result =>
        {
            var word = result.GetValueOrDefault<string>() ?? "";
            if (word.Length is 0 or > 64 || !word.All(char.IsAsciiLetterOrDigit)) result.AddError("--run takes 1 to 64 letters and digits.");
        });
        var command = new Command("submit", "Submit a file; started again, it goes on where it was stopped.")
        {
            file, watch, output, state, concurrency, ttl, patience, webhook, run,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, (client, stop) =>
        {
            var input = parsed.GetValue(file)!;
            return BatchRun.RunAsync(client, new SubmitOptions
            {
                File = input,
                StateFile = parsed.GetValue(state) ?? SubmitOptions.StateFileOf(input),
                ResultFile = parsed.GetValue(output) ?? SubmitOptions.ResultFileOf(input),
                Watch = parsed.GetValue(watch),
                Concurrency = parsed.GetValue(concurrency),
                ResultTtlSeconds = parsed.GetValue(ttl),
                Patience = TimeSpan.FromSeconds(parsed.GetValue(patience)),
                Webhook = parsed.GetValue(webhook),
                Run = parsed.GetValue(run)!,
                Bar = !Console.IsErrorRedirected,
            }, stop);
        }));
        return command;
    }

    private static Command List()
    {
        var status = new Option<string?>("--status") { Description = "Only jobs in this state.", HelpName = "state" };
        var limit = Whole("--limit", "How many, the newest first.", 20, 1, 1_000_000);
        var after = new Option<string?>("--after") { Description = "Only those older than this job.", HelpName = "id" };
        var command = new Command("list", "The key's jobs.") { status, limit, after };
        command.SetAction((parsed, _) => RunAsync(parsed, (client, stop) =>
            JobCommands.ListAsync(client, parsed.GetValue(status), parsed.GetValue(limit), parsed.GetValue(after), stop)));
        return command;
    }

    private static Command Get()
    {
        var id = new Argument<string>("id");
        var wait = Whole("--wait", "Seconds to wait for its end.", 0, 0, 60);
        var command = new Command("get", "One job with its result.") { id, wait };
        command.SetAction((parsed, _) => RunAsync(parsed, (client, stop) =>
            JobCommands.GetAsync(client, parsed.GetValue(id)!, parsed.GetValue(wait), stop)));
        return command;
    }

    private static Command Cancel()
    {
        var ids = new Argument<string[]>("id") { Arity = ArgumentArity.OneOrMore };
        var command = new Command("cancel", "Cancel jobs.") { ids };
        command.SetAction((parsed, _) => RunAsync(parsed, (client, stop) => JobCommands.CancelAsync(client, parsed.GetValue(ids)!, stop)));
        return command;
    }

    private static Option<int> Whole(string name, string description, int standard, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard, HelpName = "number" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < min || value > max)) result.AddError($"{name} takes {min} to {max}.");
        });
        return option;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Func<ClientOptions, CancellationToken, Task<int>> run)
    {
        var url = NotEmpty(parsed.GetValue(s_url)) ?? NotEmpty(Environment.GetEnvironmentVariable("BIFROST_URL")) ?? DefaultAddress;
        if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return await RefuseAsync($"--url: \"{url}\" is no address; write for example {DefaultAddress}");
        var key = NotEmpty(parsed.GetValue(s_key)) ?? NotEmpty(Environment.GetEnvironmentVariable("BIFROST_KEY")) ?? await DemoKeyAsync();
        if (key is null) return await RefuseAsync("No virtual key: set BIFROST_KEY.");

        using var stop = new CancellationTokenSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop);
        using var terminate = OnSignal(PosixSignal.SIGTERM, stop);
        try
        {
            return await run(new ClientOptions { Address = address, Key = key }, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ClientExit.Unfinished;
        }
    }

    /// <summary>The first signal ends the run in order; a second one the process.</summary>
    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        if (stop.IsCancellationRequested) return;
        context.Cancel = true;
        stop.Cancel();
    });

    private static async Task<string?> DemoKeyAsync()
    {
        var path = Path.Combine("data", DemoKey.FileName);
        return File.Exists(path) ? NotEmpty((await File.ReadAllTextAsync(path)).Trim()) : null;
    }

    private static async Task<int> RefuseAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return ClientExit.BadInput;
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
