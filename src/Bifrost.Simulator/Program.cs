namespace Bifrost.Simulator;

internal static class Program
{
    private static Task Main(string[] args) =>
        SimulatorHost.Create(new SimulatorOptions { Url = args is ["--urls", var url] ? url : "http://127.0.0.1:5010", OwnsProcess = true, Log = true }).RunAsync();
}
