using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Bifrost.Admin.Metrics;

/// <summary>
/// Listens to the instruments of this process' own meters and writes what they sampled as Prometheus' text (contract section 9).
/// Instruments are those that the product creates from its one <see cref="IMeterFactory"/>, so there is a fixed number of them; the
/// series of each are bounded. Thread-safe.
/// </summary>
public sealed class MetricsCollector : IDisposable
{
    /// <summary>Of the text that <see cref="Write"/> makes.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string MeterPrefix = "Bifrost.";

    private readonly IMeterFactory _meters;
    private readonly MetricsOptions _options;
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _writing = new();
    private readonly Counter<long> _overflow;
    private readonly Counter<long> _failures;
    private readonly string _overflowName;

    // Under _writing.
    private long _seriesWritten;

    public MetricsCollector(IMeterFactory meters, MetricsOptions options)
    {
        (_meters, _options) = (meters, options);
        _listener.InstrumentPublished = Take;
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();

        var meter = meters.Create(MeterPrefix + "Metrics");
        _overflow = meter.CreateCounter<long>("bifrost.metrics.overflow", "{sample}", "Samples of a metric that went to its overflow series.");
        _failures = meter.CreateCounter<long>("bifrost.metrics.failures", "{scrape}", "Readings in which a gauge could not tell its value.");
        meter.CreateObservableGauge("bifrost.metrics.series", () => _seriesWritten, "{series}", "Series of the page before this one.");
        _overflowName = PrometheusNames.Metric(_overflow.Name, _overflow.Unit, isCounter: true);
        _failures.Add(0);
    }

    /// <summary>Asks every gauge and writes everything; one at a time.</summary>
    public void Write(IBufferWriter<byte> to)
    {
        lock (_writing)
        {
            foreach (var family in _families.Values)
                if (family.Kind is MetricKind.ObservedCounter or MetricKind.ObservedGauge) family.Clear();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // The others have told theirs.
                _failures.Add(1);
            }

            var writer = new PrometheusWriter(to);
            foreach (var family in _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal)) family.Write(writer);
            _seriesWritten = _families.Values.Sum(static family => (long)family.SeriesCount);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, MeterListener listener)
    {
        if (!ReferenceEquals(instrument.Meter.Scope, _meters) || !instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal)) return;
        if (KindOf(instrument) is not { } kind) return;
        var name = PrometheusNames.Metric(instrument.Name, instrument.Unit, kind is MetricKind.Counter or MetricKind.ObservedCounter);
        var bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries;
        var family = _families.GetOrAdd(
            name,
            _ => new MetricFamily(name, instrument.Description ?? "", kind, bounds?.ToImmutableArray(), _options.SeriesPerMetricMax, Overflowed));

        // Two instruments may share a metric, but not two kinds of them.
        if (family.Kind == kind) listener.EnableMeasurementEvents(instrument, family);
    }

    private void Overflowed(string name)
    {
        if (name != _overflowName) _overflow.Add(1, new KeyValuePair<string, object?>("metric", name));
    }

    private static MetricKind? KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> or Counter<double> => MetricKind.Counter,
        UpDownCounter<long> or UpDownCounter<double> => MetricKind.UpDownCounter,
        Gauge<long> or Gauge<double> => MetricKind.Gauge,
        Histogram<double> => MetricKind.Histogram,
        ObservableCounter<long> or ObservableCounter<double> => MetricKind.ObservedCounter,
        ObservableGauge<long> or ObservableGauge<double> or ObservableUpDownCounter<long> or ObservableUpDownCounter<double> => MetricKind.ObservedGauge,
        _ => null,
    };
}
