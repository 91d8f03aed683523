namespace Bifrost.Simulator;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var (options, problem) = CommandLine.Parse(args);
        if (options is null)
        {
            await (problem.Length == 0 ? Console.Out : Console.Error).WriteLineAsync(problem.Length == 0 ? CommandLine.Help : problem);
            return problem.Length == 0 ? 0 : 2;
        }
        await using var app = SimulatorHost.Create(options);
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"The simulator listens on {SimulatorHost.AddressOf(app)}");
        await app.WaitForShutdownAsync();
        return 0;
    }
}
