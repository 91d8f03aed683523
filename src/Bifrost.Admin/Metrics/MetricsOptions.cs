namespace Bifrost.Admin.Metrics;

/// <summary>Limits of what is kept for <c>/metrics</c>.</summary>
public sealed record MetricsOptions
{
    /// <summary>
    /// Series of one metric (sets of label values); samples of further ones go to one more series, labelled
    /// <c>otel_metric_overflow="true"</c>, and are counted in <c>bifrost_metrics_overflow_total</c>.
    /// </summary>
    public int SeriesPerMetricMax { get; init; } = 2_000;
}
