using System.Collections.Concurrent;

namespace Bifrost.Admin.Metrics;

/// <summary>One metric: what its instrument sampled, by labels, in a bounded number of series.</summary>
internal sealed class MetricFamily
{
    /// <summary>Where an instrument says nothing: those that OpenTelemetry gives to durations in seconds.</summary>
    private static readonly ImmutableArray<double> s_bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly ConcurrentDictionary<LabelSet, MetricSeries> _series = new(LabelSetComparer.Instance);
    private readonly ConcurrentDictionary<LabelSet, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;
    private readonly Lock _gate = new();
    private readonly string _help;
    private readonly ImmutableArray<double> _bounds;
    private readonly int _seriesMax;
    private readonly Action<string> _overflowed;

    // Under _gate; without the overflow's series.
    private int _count;

    /// <param name="name">Its name in the text.</param>
    /// <param name="help">What it says.</param>
    /// <param name="kind">What a sample does.</param>
    /// <param name="bounds">Upper bounds of a histogram's buckets, rising; null: the usual ones of durations.</param>
    /// <param name="seriesMax">Series besides the one that takes what is beyond.</param>
    /// <param name="overflowed">Told the name for each sample that went there.</param>
    public MetricFamily(string name, string help, MetricKind kind, ImmutableArray<double>? bounds, int seriesMax, Action<string> overflowed)
    {
        (Name, _help, Kind, _bounds, _seriesMax, _overflowed) = (name, help, kind, bounds ?? s_bounds, seriesMax, overflowed);
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }

    public MetricKind Kind { get; }

    public int SeriesCount
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_byTags.TryGetValue(tags, out var series)) series = Add(tags);
        series.Record(value);
    }

    /// <summary>Forgets its series. For observed ones, before they are asked: what is told no more is gone.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _series.Clear();
            _count = 0;
        }
    }

    public void Write(PrometheusWriter to)
    {
        var series = _series.ToArray();
        if (series.Length == 0) return;
        to.Head(Name, _help, Kind switch
        {
            MetricKind.Counter or MetricKind.ObservedCounter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        });
        foreach (var (labels, one) in series.OrderBy(static pair => pair.Key.Text, StringComparer.Ordinal)) one.Write(to, Name, labels.Text);
    }

    private MetricSeries Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelSet.Of(tags);
        MetricSeries series;
        lock (_gate)
        {
            if (_series.TryGetValue(labels, out var known)) return known;
            if (_count < _seriesMax)
            {
                _count++;
                return _series[labels] = NewSeries();
            }

            series = _series.GetOrAdd(LabelSet.Overflow, static (_, family) => family.NewSeries(), this);
        }

        _overflowed(Name);
        return series;
    }

    private MetricSeries NewSeries() => Kind == MetricKind.Histogram ? new HistogramSeries(_bounds) : new NumberSeries(Kind);
}
