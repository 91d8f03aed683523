namespace Bifrost.Load;

internal static class Program
{
    private const string Help = """
        load streams --url URL [--key KEY] [--streams 1000] [--chunks 64] [--pace-ms 20] [--ramp-ms 1000]
        load rate    --url URL [--key KEY] [--model sim] [--rate 500] [--seconds 10]
        Prints one line of JSON.
        """;

    private static async Task<int> Main(string[] args)
    {
        var options = args.Length == 0 ? null : LoadOptions.Parse(args.AsSpan(1));
        var report = (args.FirstOrDefault(), options) switch
        {
            ("streams", not null) => await StreamLoad.RunAsync(options, TimeProvider.System),
            ("rate", not null) => await RateLoad.RunAsync(options, TimeProvider.System),
            _ => null,
        };
        await (report is null ? Console.Error : Console.Out).WriteLineAsync(report ?? Help);
        return report is null ? 2 : 0;
    }
}
