using System.Globalization;
using BenchmarkDotNet.Running;
using Bifrost.Benchmarks.Jobs;
using Bifrost.Benchmarks.Ledger;
using Bifrost.Benchmarks.Storage;

namespace Bifrost.Benchmarks;

internal static class Program
{
    private const int PendingRows = 1_000_000;

    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["storage"]:
                await StorageFigures.RunAsync();
                return 0;
            case ["ledger", .. var stores]:
                await LedgerFigures.RunAsync(stores);
                return 0;
            case ["jobs"]:
                await JobFigures.RunAsync();
                return 0;
            case ["backlog"]:
                await BacklogFigures.RunAsync();
                return 0;
            case ["fairness", .. var store]:
                return await FairnessFigures.RunAsync(postgres: store is ["postgres"]);
            case ["pending", var store and ("sqlite" or "postgres"), .. var rows]:
                await PendingFigures.RunAsync(store, rows is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : PendingRows);
                return 0;
            default:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
                return 0;
        }
    }
}
