namespace Bifrost.Cli.Jobs;

/// <summary>How a file is submitted.</summary>
internal sealed record SubmitOptions
{
    public const int ConcurrencyMax = 256;

    /// <summary>One request a line.</summary>
    public required string File { get; init; }

    /// <summary>Which line became which job, so that a second start goes on.</summary>
    public required string StateFile { get; init; }

    /// <summary>One answer a line.</summary>
    public required string ResultFile { get; init; }

    /// <summary>Wait for the jobs and write their results.</summary>
    public bool Watch { get; init; }

    /// <summary>Requests under way at once, each for submitting and for watching.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>How long the server keeps a result: long enough for the whole file to run.</summary>
    public int ResultTtlSeconds { get; init; } = 86_400;

    /// <summary>The webhook endpoint that the server notifies of a job's end; null: none.</summary>
    public string? Webhook { get; init; }

    /// <summary>Parts a file that is run again, on purpose, from its run before.</summary>
    public string Run { get; init; } = "1";

    /// <summary>How long nothing may succeed before it gives up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Draw a bar; else plain lines.</summary>
    public bool Bar { get; init; }

    public static string StateFileOf(string file) => file + ".jobs";

    public static string ResultFileOf(string file) =>
        (file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? file[..^6] : file) + ".results.jsonl";
}
