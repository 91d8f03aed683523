using Bifrost.Server.Composition;

namespace Bifrost.Server;

internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args, ServerRun.RunAsync);
}
