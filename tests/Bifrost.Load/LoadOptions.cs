using System.Globalization;

namespace Bifrost.Load;

/// <summary>What the command line asks for.</summary>
internal sealed record LoadOptions
{
    public Uri Url { get; init; } = new("http://127.0.0.1:5010/v1/chat/completions");

    public string? Key { get; init; }

    public string Model { get; init; } = "sim";

    /// <summary>Streams at once.</summary>
    public int Streams { get; init; } = 1000;

    /// <summary>Content chunks of each, and their distance.</summary>
    public int Chunks { get; init; } = 64;

    public int PaceMs { get; init; } = 20;

    /// <summary>Calls a second of the open loop, and for how long.</summary>
    public int Rate { get; init; } = 500;

    public int Seconds { get; init; } = 10;

    /// <summary>The time over which streams begin.</summary>
    public int RampMs { get; init; } = 1000;

    /// <returns>Null when an option is unknown.</returns>
    public static LoadOptions? Parse(ReadOnlySpan<string> args)
    {
        var options = new LoadOptions();
        for (var at = 0; at + 1 < args.Length && options is not null; at += 2) options = options.With(args[at], args[at + 1]);
        return args.Length % 2 == 0 ? options : null;
    }

    private LoadOptions? With(string name, string value) => name switch
    {
        "--url" => this with { Url = new Uri(value) },
        "--key" => this with { Key = value },
        "--model" => this with { Model = value },
        "--streams" => this with { Streams = Number(value) },
        "--chunks" => this with { Chunks = Number(value) },
        "--pace-ms" => this with { PaceMs = Number(value) },
        "--rate" => this with { Rate = Number(value) },
        "--seconds" => this with { Seconds = Number(value) },
        "--ramp-ms" => this with { RampMs = Number(value) },
        _ => null,
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
