namespace Bifrost.Admin.Metrics;

/// <summary>The samples of one set of labels. Thread-safe.</summary>
internal abstract class MetricSeries
{
    public abstract void Record(double value);

    public abstract void Write(PrometheusWriter to, string name, string labels);
}

/// <summary>One number.</summary>
internal sealed class NumberSeries(MetricKind kind) : MetricSeries
{
    private readonly Lock _gate = new();
    private double _value;

    public override void Record(double value)
    {
        // A counter that fell would be read as a restart of the process.
        if (kind == MetricKind.Counter && !(value >= 0)) return;
        lock (_gate) _value = kind is MetricKind.Counter or MetricKind.UpDownCounter ? _value + value : value;
    }

    public override void Write(PrometheusWriter to, string name, string labels)
    {
        double value;
        lock (_gate) value = _value;
        to.Sample(name, labels, value);
    }
}

/// <summary>Samples in buckets, each of which counts what is at most its bound.</summary>
internal sealed class HistogramSeries(ImmutableArray<double> bounds) : MetricSeries
{
    private readonly Lock _gate = new();

    // All under _gate. The last count is that of what is above every bound.
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public override void Record(double value)
    {
        if (double.IsNaN(value)) return;
        var at = bounds.AsSpan().BinarySearch(value);
        lock (_gate)
        {
            _counts[at >= 0 ? at : ~at]++;
            _sum += value;
        }
    }

    public override void Write(PrometheusWriter to, string name, string labels)
    {
        long[] counts;
        double sum;
        lock (_gate) (counts, sum) = ([.. _counts], _sum);
        var lead = labels.Length == 0 ? "" : labels + ",";
        var soFar = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            soFar += counts[i];
            var bound = i < bounds.Length ? bounds[i] : double.PositiveInfinity;
            to.Sample(name + "_bucket", $"{lead}le=\"{PrometheusWriter.Text(bound)}\"", soFar);
        }

        to.Sample(name + "_sum", labels, sum);
        to.Sample(name + "_count", labels, soFar);
    }
}
