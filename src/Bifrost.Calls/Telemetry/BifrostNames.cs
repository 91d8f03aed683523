using System.Diagnostics.Metrics;

namespace Bifrost.Calls.Telemetry;

/// <summary>
/// The same numbers under Bifrost's names and labels, for boards and alerts that were written against those. Made only where it is asked for. Labels of
/// virtual keys, teams and customers are left out: nobody bounds them.
/// </summary>
internal sealed class BifrostNames
{
    private static readonly InstrumentAdvice<double> s_latencies =
        new() { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 45, 60, 90, 120, 300, 600] };

    private static readonly InstrumentAdvice<int> s_repeats = new() { HistogramBucketBoundaries = [0, 1, 2, 3, 5, 10] };

    private static readonly InstrumentAdvice<double> s_overheads =
        new() { HistogramBucketBoundaries = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000] };

    private readonly Counter<long> _tries;
    private readonly Counter<long> _successes;
    private readonly Counter<long> _errors;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _firstTokens;
    private readonly Histogram<double> _nextTokens;
    private readonly Histogram<double> _overhead;
    private readonly Histogram<int> _retries;

    public BifrostNames(Meter meter, TargetTable targets, Func<long> open)
    {
        _tries = meter.CreateCounter<long>("bifrost.upstream.requests", null, "Tries at providers.");
        _successes = meter.CreateCounter<long>("bifrost.success.requests", null, "Tries that were answered.");
        _errors = meter.CreateCounter<long>("bifrost.error.requests", null, "Tries that were not, by error_type.");
        _latency = meter.CreateHistogram("bifrost.upstream.latency", "s", "One try at a provider.", null, s_latencies);
        _firstTokens = meter.CreateHistogram("bifrost.stream.first_token.latency", "s", "A streamed request, to its first chunk.", null, s_latencies);
        _nextTokens = meter.CreateHistogram("bifrost.stream.inter_token.latency", "s", "A streamed answer, for each output token.", null, s_latencies);
        _overhead = meter.CreateHistogram("bifrost.overhead.latency", "us", "What the gateway itself took of a request.", null, s_overheads);
        _retries = meter.CreateHistogram("bifrost.request.retries", null, "Tries of one request beyond the first of each target.", null, s_repeats);
        Counter("bifrost.input.tokens", "Prompt tokens.", static target => target.Prompt);
        Counter("bifrost.output.tokens", "Output tokens.", static target => target.Completion);
        Counter("bifrost.cost", "US dollars.", static target => target.CostNanos / 1e9);
        meter.CreateObservableGauge("bifrost.active.requests", open, null, "Calls without their whole answer.");

        void Counter(string name, string help, Func<TargetSeries, double> value) => meter.CreateObservableCounter(
            name, () => targets.All.Select(target => new Measurement<double>(value(target), target.Names)), null, help);
    }

    public void Tried(TargetSeries target, double seconds, string? error)
    {
        _tries.Add(1, target.Names);
        _latency.Record(seconds, target.Names);
        if (error is null) _successes.Add(1, target.Names);
        else _errors.Add(1, [.. target.Names, new("error_type", TypeOf(error))]);
    }

    public void Ended(TargetSeries target, int retries) => _retries.Record(retries, target.Names);

    public void FirstToken(TargetSeries target, double seconds) => _firstTokens.Record(seconds, target.Names);

    public void NextTokens(TargetSeries target, double seconds) => _nextTokens.Record(seconds, target.Names);

    public void Overhead(TargetSeries target, double seconds) => _overhead.Record(seconds * 1e6, target.Names);

    /// <summary>One of Bifrost's closed set.</summary>
    private static string TypeOf(string error) => error switch
    {
        "upstream_aborted" => "caller_cancelled",
        "upstream_bad_request" or "upstream_context_too_long" or "upstream_unsupported" => "caller_bad_request",
        "upstream_queue_full" or "upstream_shutting_down" or "request_dropped" => "bifrost_dropped",
        ErrorWords.Internal => "bifrost_internal",
        _ when error.StartsWith("upstream_", StringComparison.Ordinal) => "provider" + error["upstream".Length..],
        _ => "_OTHER",
    };
}
