using System.Diagnostics;
using System.Globalization;
using Bifrost.Core.Ledger;
using Bifrost.Testing;

namespace Bifrost.Simulation;

/// <summary>
/// <c>--seeds N [--from M] [--flaw NAME]</c> runs seeds M to M + N - 1 and stops at the first that fails; without <c>--seeds</c> the tests run.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (!args.Contains("--seeds")) return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
        var from = Number(args, "--from", 0);
        var seeds = Number(args, "--seeds", 1);
        var at = Array.IndexOf(args, "--flaw");
        var flaw = at < 0 ? LedgerFlaw.None : Enum.Parse<LedgerFlaw>(args[at + 1]);
        var watch = Stopwatch.StartNew();
        var run = Seeds.Run(from, seeds, flaw);
        Console.WriteLine($"{run} in {watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s");
        return run.Failed ? 1 : 0;
    }

    private static int Number(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
