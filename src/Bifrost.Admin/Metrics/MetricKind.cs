namespace Bifrost.Admin.Metrics;

/// <summary>What the samples of an instrument do to their series.</summary>
internal enum MetricKind
{
    /// <summary>Each sample is added; it never falls.</summary>
    Counter,

    /// <summary>Each sample is the sum so far, asked for when somebody reads.</summary>
    ObservedCounter,

    /// <summary>Each sample is added, negative ones too.</summary>
    UpDownCounter,

    /// <summary>The last sample stands.</summary>
    Gauge,

    /// <summary>Each sample is a value as of now, asked for when somebody reads.</summary>
    ObservedGauge,

    /// <summary>Each sample is sorted into a bucket.</summary>
    Histogram,
}
