using System.Diagnostics.Metrics;

namespace Bifrost.Admin.Metrics;

/// <summary>Which build runs, and since when. One per process.</summary>
public sealed class ProcessMetrics
{
    public ProcessMetrics(IMeterFactory meters, TimeProvider time, string version)
    {
        var meter = meters.Create("Bifrost.Process");
        var startedAt = time.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;
        KeyValuePair<string, object?>[] build = [new("version", version)];
        meter.CreateObservableGauge("bifrost.build.info", () => new Measurement<long>(1, build), null, "1; its labels name the build.");
        meter.CreateObservableGauge("process.start_time", () => startedAt, "s", "When this process was started, in seconds since 1970.");
    }
}
