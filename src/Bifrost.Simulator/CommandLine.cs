using System.Globalization;

namespace Bifrost.Simulator;

/// <summary>Reads the options of the executable.</summary>
internal static class CommandLine
{
    public const string Help = """
        A scripted upstream that speaks the OpenAI chat protocol and keeps its own bill.

          --urls URL         where to listen (http://127.0.0.1:5010)
          --bill FILE        append each finished bill line to a file
          --bill-lines N     bill lines kept in memory (1000000)
          --record [N]       keep the last N calls (10000) for GET /calls and GET /calls/{x-client-request-id}
          --help             this text

        Routes: POST /v1/chat/completions, GET /v1/models (every model name with what it does), GET /bill, POST /bill/reset, GET /health.
        """;

    private const int RecordedCalls = 10_000;

    /// <returns>The options, or null with what is wrong (empty: help was asked for).</returns>
    public static (SimulatorOptions? Options, string Problem) Parse(ReadOnlySpan<string> args)
    {
        var options = new SimulatorOptions { Url = "http://127.0.0.1:5010", OwnsProcess = true, FlushesToSocket = false, Log = true };
        for (var at = 0; at < args.Length; at++)
        {
            var value = at + 1 < args.Length && !args[at + 1].StartsWith("--", StringComparison.Ordinal) ? args[at + 1] : null;
            if (args[at] is "--help" or "-h") return (null, "");
            if (Apply(options, args[at], value) is not { } next) return (null, $"'{args[at]} {value}' is not an option. Try --help.");
            options = next;
            if (value is not null) at++;
        }
        return (options, "");
    }

    private static SimulatorOptions? Apply(SimulatorOptions options, string name, string? value) => (name, value) switch
    {
        ("--urls", not null) => options with { Url = value },
        ("--bill", not null) => options with { BillFile = value },
        ("--bill-lines", not null) when Count(value) is { } lines => options with { BillLinesMax = lines },
        ("--record", null) => options with { RecordedCallsMax = RecordedCalls },
        ("--record", _) when Count(value) is { } calls => options with { RecordedCallsMax = calls },
        _ => null,
    };

    private static int? Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;
}
