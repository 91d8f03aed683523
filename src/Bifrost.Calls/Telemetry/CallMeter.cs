using System.Diagnostics.Metrics;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Telemetry;

/// <summary>
/// What calls do, by the names of OpenTelemetry's conventions for generative AI: <c>gen_ai.server.*</c> is what callers of this gateway see,
/// <c>gen_ai.client.*</c> are its own tries at providers. One per process; thread-safe, without locks and without memory for a call. Labels are
/// providers, models of the price sheet and words of the product (<see cref="TargetTable"/>).
/// </summary>
public sealed class CallMeter
{
    public const string MeterName = "Bifrost.Calls";

    private static readonly InstrumentAdvice<double> s_durations =
        new() { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 655.36] };

    private static readonly InstrumentAdvice<double> s_firstTokens =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120] };

    private static readonly InstrumentAdvice<double> s_nextTokens =
        new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5] };

    private static readonly InstrumentAdvice<long> s_tokens =
        new() { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864] };

    private static readonly InstrumentAdvice<double> s_short =
        new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30] };

    private static readonly RefusalReason[] s_reasons = Enum.GetValues<RefusalReason>();
    private static readonly RefusalLevel[] s_levels = Enum.GetValues<RefusalLevel>();

    private readonly TimeProvider _time;
    private readonly TargetTable _targets;
    private readonly BifrostNames? _names;
    private readonly Histogram<double> _requests;
    private readonly Histogram<double> _firstTokens;
    private readonly Histogram<double> _nextTokens;
    private readonly Histogram<double> _tries;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _overhead;
    private readonly Histogram<double> _settlements;

    // Interlocked.
    private readonly long[] _refused = new long[s_reasons.Length * s_levels.Length];
    private long _admitted;
    private long _open;
    private long _streams;

    public CallMeter(IMeterFactory meters, TimeProvider time, CallMeterOptions options)
    {
        (_time, _targets) = (time, new TargetTable(options));
        var meter = meters.Create(MeterName);
        _requests = Seconds("gen_ai.server.request.duration", "A caller's request, from its body to the end of its answer.", s_durations);
        _firstTokens = Seconds("gen_ai.server.time_to_first_token", "A streamed request, to the first chunk of its answer.", s_firstTokens);
        _nextTokens = Seconds("gen_ai.server.time_per_output_token", "A streamed answer after its first chunk, for each output token.", s_nextTokens);
        _tries = Seconds("gen_ai.client.operation.duration", "One try at a provider, from its admission to its end.", s_durations);
        _tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of one try as they were booked.", null, s_tokens);
        _overhead = Seconds("bifrost.call.overhead", "What the gateway itself took of a request before its answer began.", s_short);
        _settlements = Seconds("bifrost.settlement.duration", "The end of a try until its entry is durable.", s_short);

        Counter("bifrost.tokens", "{token}", "Tokens that were booked; cached and reasoning ones are among input and output.", Tokens);
        Counter("bifrost.cost.nanos", "{nano_usd}", "Cost that was booked, in nano-dollars.", () => OfTargets(static target => target.CostNanos));
        Counter("bifrost.retries", "{try}", "Targets that were tried again.", () => OfTargets(static target => target.Retries));
        Counter("bifrost.fallbacks", "{try}", "Targets that were tried because the one before had failed.", () => OfTargets(static target => target.Fallbacks));
        Counter("bifrost.admissions", "{try}", "Tries that were admitted.", () => [new(Volatile.Read(ref _admitted))]);
        Counter("bifrost.refusals", "{try}", "Tries that were not admitted, by the reason and by whose limit or rule it was.", Refusals);
        Counter("bifrost.models.folded", "{try}", "Tries of models without a series of their own.", () => [new(_targets.Folded)]);
        if (options.BifrostNames) _names = new BifrostNames(meter, _targets, () => Volatile.Read(ref _open));
        meter.CreateObservableGauge("bifrost.calls.open", () => Volatile.Read(ref _open), "{call}", "Calls without their whole answer.");
        meter.CreateObservableGauge("bifrost.streams.open", () => Volatile.Read(ref _streams), "{stream}", "Streams that callers read.");

        Histogram<double> Seconds(string name, string help, InstrumentAdvice<double> advice) => meter.CreateHistogram(name, "s", help, null, advice);

        void Counter(string name, string unit, string help, Func<IEnumerable<Measurement<long>>> read) =>
            meter.CreateObservableCounter(name, read, unit, help);
    }

    internal TargetSeries Of(CatalogSnapshot catalog, Provider provider, string model) => _targets.Of(catalog, provider.Name, model);

    /// <summary>A request begins; it ends with one <see cref="Ended"/>.</summary>
    internal void Begun() => Interlocked.Increment(ref _open);

    /// <summary>A request that was begun ends.</summary>
    internal void Ended(TargetSeries? target, long begunAt, string? error, int retries)
    {
        Interlocked.Decrement(ref _open);
        if (target is not null) _names?.Ended(target, retries);
        Record(_requests, _time.GetElapsedTime(begunAt).TotalSeconds, target, error);
    }

    /// <summary>A request whose caller or model does not exist.</summary>
    internal void NotBegun(string error) => Record(_requests, 0, null, error);

    internal void FirstToken(TargetSeries target, long begunAt)
    {
        var seconds = _time.GetElapsedTime(begunAt).TotalSeconds;
        _firstTokens.Record(seconds, target.Call);
        _names?.FirstToken(target, seconds);
    }

    /// <summary>A stream came whole.</summary>
    internal void NextTokens(TargetSeries target, long firstAt, long outputTokens)
    {
        if (outputTokens <= 1) return;
        var seconds = _time.GetElapsedTime(firstAt).TotalSeconds / (outputTokens - 1);
        _nextTokens.Record(seconds, target.Call);
        _names?.NextTokens(target, seconds);
    }

    internal void StreamOpened() => Interlocked.Increment(ref _streams);

    internal void StreamClosed() => Interlocked.Decrement(ref _streams);

    internal void Overhead(TargetSeries target, TimeSpan took)
    {
        var seconds = Math.Max(0, took.TotalSeconds);
        _overhead.Record(seconds, target.Target);
        _names?.Overhead(target, seconds);
    }

    /// <summary>A try that was admitted ends, as it is booked.</summary>
    internal void Tried(TargetSeries target, TimeSpan took, in TokenUsage usage, long costNanos, string? error)
    {
        target.Book(usage, costNanos);
        Record(_tries, took.TotalSeconds, target, error);
        _names?.Tried(target, took.TotalSeconds, error);
        if (usage.TotalTokens == 0) return;
        _tokens.Record(usage.PromptTokens, target.Input);
        _tokens.Record(usage.CompletionTokens, target.Output);
    }

    internal void Admitted() => Interlocked.Increment(ref _admitted);

    internal void Refused(Refusal refusal) => Interlocked.Increment(ref _refused[((int)refusal.Reason * s_levels.Length) + (int)refusal.Level]);

    internal void Settled(long endedAt) => _settlements.Record(_time.GetElapsedTime(endedAt).TotalSeconds);

    private static void Record(Histogram<double> into, double value, TargetSeries? target, string? error)
    {
        if (target is not null && error is null)
        {
            into.Record(value, target.Call);
            return;
        }

        var operation = new KeyValuePair<string, object?>(TargetSeries.OperationLabel, "chat");
        var type = new KeyValuePair<string, object?>(TargetSeries.ErrorLabel, error);
        if (target is null) into.Record(value, operation, type);
        else into.Record(value, [operation, .. target.Target, type]);
    }

    private IEnumerable<Measurement<long>> OfTargets(Func<TargetSeries, long> value) =>
        _targets.All.Select(target => new Measurement<long>(value(target), target.Target));

    private IEnumerable<Measurement<long>> Tokens() =>
        _targets.All.SelectMany(static target => target.Tokens).Select(static kind => new Measurement<long>(kind.Tokens, kind.Labels));

    /// <summary>A counter that is not there until it counts hides its first event from every rate.</summary>
    private static bool IsUsual(RefusalReason reason, RefusalLevel level) => reason switch
    {
        RefusalReason.BudgetExceeded or RefusalReason.BudgetHeld or RefusalReason.RequestLimited or RefusalReason.TokenLimited
            or RefusalReason.RateLimited => level != RefusalLevel.Gateway,
        RefusalReason.LedgerUnavailable or RefusalReason.QueueFull => level == RefusalLevel.Gateway,
        _ => level == RefusalLevel.VirtualKey,
    };

    private IEnumerable<Measurement<long>> Refusals()
    {
        foreach (var reason in s_reasons)
        {
            foreach (var level in s_levels)
            {
                var count = Volatile.Read(ref _refused[((int)reason * s_levels.Length) + (int)level]);
                if (count == 0 && !IsUsual(reason, level)) continue;
                yield return new(count, new("reason", ErrorWords.Of(reason)), new KeyValuePair<string, object?>("level", ErrorWords.Of(level)));
            }
        }
    }
}
