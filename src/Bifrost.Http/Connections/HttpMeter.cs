using System.Diagnostics.Metrics;

namespace Bifrost.Http.Connections;

/// <summary>
/// Requests by route and status, whoever serves them: also those that end before there is a call. One per process; thread-safe, without memory
/// for a request.
/// </summary>
public sealed class HttpMeter
{
    private const int StatusMax = 600;

    private static readonly InstrumentAdvice<double> s_durations =
        new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600] };

    private static readonly object[] s_statuses = [.. Enumerable.Range(0, StatusMax).Select(static status => (object)status)];

    private readonly Histogram<double> _requests;
    private long _open;

    public HttpMeter(IMeterFactory meters)
    {
        var meter = meters.Create("Bifrost.Http");
        _requests = meter.CreateHistogram("http.server.request.duration", "s", "Requests, from their head to the end of their answer.", null, s_durations);
        meter.CreateObservableGauge(
            "http.server.active_requests", () => Volatile.Read(ref _open), "{request}", "Requests without their whole answer.");
    }

    /// <summary>A request begins; it ends with one <see cref="Ended"/>.</summary>
    public void Begun() => Interlocked.Increment(ref _open);

    /// <param name="route">A word of ours, never a path that a caller chose.</param>
    /// <param name="method">As it came.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="took">From the head on.</param>
    public void Ended(string route, string method, int status, TimeSpan took)
    {
        Interlocked.Decrement(ref _open);
        _requests.Record(
            took.TotalSeconds,
            new KeyValuePair<string, object?>("http.route", route),
            new KeyValuePair<string, object?>("http.request.method", Known(method)),
            new KeyValuePair<string, object?>("http.response.status_code", s_statuses[Math.Clamp(status, 0, StatusMax - 1)]));
    }

    private static string Known(string method) => method switch
    {
        "GET" or "POST" or "PUT" or "DELETE" or "HEAD" or "OPTIONS" or "PATCH" => method,
        _ => "_OTHER",
    };
}
