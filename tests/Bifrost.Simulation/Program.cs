using System.Diagnostics;
using System.Globalization;
using Bifrost.Simulation.Attackers;
using Bifrost.Simulation.Honest;
using Bifrost.Simulation.Jobs;

namespace Bifrost.Simulation;

/// <summary>
/// <c>[--jobs | --attackers] --seeds N [--from M] [--flaw NAME]</c> runs seeds M to M + N - 1, of money, of jobs or of attackers, and stops at
/// the first that fails; without <c>--seeds</c> the tests run. <c>--honest [--seeds N] [--from M] [--only TEXT] [--policy TEXT] [--keys N]</c>
/// prints what honest callers meet near a limit.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args.Contains("--honest"))
        {
            HonestTable.Print(
                Number(args, "--from", 0), Number(args, "--seeds", 1), Text(args, "--only", ""), Text(args, "--policy", ""), Number(args, "--keys", 1_000));
            return 0;
        }

        if (!args.Contains("--seeds")) return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
        var from = Number(args, "--from", 0);
        var seeds = Number(args, "--seeds", 1);
        var at = Array.IndexOf(args, "--flaw");
        var flaw = at < 0 ? "None" : args[at + 1];
        var watch = Stopwatch.StartNew();
        var (run, failed) = args.Contains("--jobs") ? Jobs() : args.Contains("--attackers") ? Attackers() : Money();
        Console.WriteLine($"{run} in {watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s");
        return failed ? 1 : 0;

        (string, bool) Jobs() => JobSeeds.Run(from, seeds, Enum.Parse<JobFlaw>(flaw)) is var run ? (run.ToString(), run.Failed) : default;
        (string, bool) Attackers() =>
            AttackSeeds.Run(from, seeds, Enum.Parse<AttackFlaw>(flaw)) is var run ? (run.ToString(), run.Failed) : default;
        (string, bool) Money() => Seeds.Run(from, seeds, Enum.Parse<LedgerFlaw>(flaw)) is var run ? (run.ToString(), run.Failed) : default;
    }

    private static string Text(string[] args, string name, string otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? otherwise : args[at + 1];
    }

    private static int Number(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
