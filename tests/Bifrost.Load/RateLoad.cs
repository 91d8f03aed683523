using System.Collections.Concurrent;
using System.Globalization;

namespace Bifrost.Load;

/// <summary>
/// Calls at a fixed rate, whether or not earlier ones have been answered (open loop). A call waits for no other, so a stall of the server hides nothing.
/// </summary>
internal static class RateLoad
{
    private const int ConnectionsMax = 2000;

    /// <returns>One line of JSON with the figures.</returns>
    public static async Task<string> RunAsync(LoadOptions options, TimeProvider time)
    {
        var request = HttpCall.Request(options, stream: false);
        var idle = new ConcurrentStack<HttpCall>();
        var calls = new List<Task<(double Ms, bool Ok)>>(options.Rate * options.Seconds);
        var begun = time.GetTimestamp();
        for (var i = 0; i < options.Rate * options.Seconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / options.Rate);
            while (due - time.GetElapsedTime(begun) is { Ticks: > 0 } wait) await Task.Delay(wait, time);
            if (i % 1000 == 0 && calls.Count(call => !call.IsCompleted) > ConnectionsMax) return "{\"error\":\"more than 2000 calls unanswered\"}";
            calls.Add(OneAsync(options, request, idle, time));
        }
        var results = await Task.WhenAll(calls);
        foreach (var call in idle) call.Dispose();
        var times = results.Select(result => result.Ms).ToList();
        return string.Create(CultureInfo.InvariantCulture,
            $$"""{"calls":{{results.Length}},"failed":{{results.Count(result => !result.Ok)}},"p50_ms":{{Rank.Of(times, 0.50):F3}},"p99_ms":{{Rank.Of(times, 0.99):F3}},"max_ms":{{Rank.Of(times, 1):F3}}}""");
    }

    private static async Task<(double Ms, bool Ok)> OneAsync(
        LoadOptions options, byte[] request, ConcurrentStack<HttpCall> idle, TimeProvider time)
    {
        var begun = time.GetTimestamp();
        if (!idle.TryPop(out var call))
        {
            call = new HttpCall(options);
            await call.ConnectAsync();
        }
        await call.SendAsync(request);
        while (!call.IsWhole && await call.ReadAsync(NoSink.One)) { }
        var ms = time.GetElapsedTime(begun).TotalMilliseconds;
        var ok = call.IsWhole && call.Status == 200;
        if (ok) idle.Push(call);
        else call.Dispose();
        return (ms, ok);
    }

    private sealed class NoSink : IBodySink
    {
        public static readonly NoSink One = new();

        public void Take(ReadOnlySpan<byte> body) { }
    }
}
