using System.Globalization;

namespace Bifrost.Load;

/// <summary>
/// Many paced streams at once. Lateness of a word: its arrival against the arrival of the stream's first word plus its place × pace (negative ones
/// count as 0). Gap: the time to the word before it, less the pace.
/// </summary>
internal static class StreamLoad
{
    private const double LateMs = 50;

    /// <returns>One line of JSON with the figures.</returns>
    public static async Task<string> RunAsync(LoadOptions options, TimeProvider time)
    {
        options = options with { Model = string.Create(CultureInfo.InvariantCulture, $"sim-paced-{options.Chunks}x{options.PaceMs}ms") };
        var request = HttpCall.Request(options, stream: true);
        var begun = time.GetTimestamp();
        var streams = new Task<EventCounter>[options.Streams];
        for (var i = 0; i < streams.Length; i++)
        {
            // Arrivals are spread over the ramp, so that the ticks of all streams do not fall together.
            var wait = TimeSpan.FromMilliseconds((double)options.RampMs * i / streams.Length) - time.GetElapsedTime(begun);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, time);
            streams[i] = OneAsync(options, request, time);
        }
        return Report(options, await Task.WhenAll(streams), time);
    }

    private static async Task<EventCounter> OneAsync(LoadOptions options, byte[] request, TimeProvider time)
    {
        var counter = new EventCounter(options.Chunks, time);
        using var call = new HttpCall(options);
        await call.ConnectAsync();
        await call.SendAsync(request);
        while (await call.ReadAsync(counter)) { }
        return counter;
    }

    private static string Report(LoadOptions options, EventCounter[] streams, TimeProvider time)
    {
        var lateness = new List<double>();
        var gaps = new List<double>();
        var (lost, broken, disordered) = (0, 0, 0);
        foreach (var stream in streams)
        {
            broken += stream.SawDone ? 0 : 1;
            disordered += stream.Disordered;
            for (var i = 0; i < options.Chunks; i++)
            {
                if (stream.At[i] == 0) lost++;
                if (i == 0 || stream.At[i] == 0 || stream.At[0] == 0) continue;
                lateness.Add(Math.Max(0, time.GetElapsedTime(stream.At[0], stream.At[i]).TotalMilliseconds - i * options.PaceMs));
                if (stream.At[i - 1] != 0) gaps.Add(time.GetElapsedTime(stream.At[i - 1], stream.At[i]).TotalMilliseconds - options.PaceMs);
            }
        }
        return string.Create(CultureInfo.InvariantCulture,
            $$"""{"streams":{{streams.Length}},"words":{{streams.Length * options.Chunks}},"lost":{{lost}},"disordered":{{disordered}},"without_end":{{broken}},"late":{{lateness.Count(ms => ms > LateMs)}},"gap_p50_ms":{{Rank.Of(gaps, 0.50):F2}},"gap_p99_ms":{{Rank.Of(gaps, 0.99):F2}},"gap_max_ms":{{Rank.Of(gaps, 1):F2}},"late_p99_ms":{{Rank.Of(lateness, 0.99):F2}}}""");
    }
}
