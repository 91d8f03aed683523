namespace Bifrost.KillTest;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (KillOptions.Parse(args) is { } options)
        {
            Scenario.Use(options.Keys);
            return options.Cluster > 0 ? await Cluster.ClusterRun.RunAsync(options) : await KillRun.RunAsync(options);
        }

        await Console.Error.WriteLineAsync(
            "--server DLL --simulator DLL [--postgres CONNECTION] [--rounds N] [--seconds S] [--jobs N] [--callers N] [--seed N]; scripts/kill-test.sh gives the first two.");
        return 2;
    }
}
