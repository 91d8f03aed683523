using BenchmarkDotNet.Running;
using Bifrost.Benchmarks.Storage;

namespace Bifrost.Benchmarks;

internal static class Program
{
    private static async Task Main(string[] args)
    {
        if (args is ["storage"]) await StorageFigures.RunAsync();
        else if (args is ["jobs"]) await JobFigures.RunAsync();
        else BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    }
}
