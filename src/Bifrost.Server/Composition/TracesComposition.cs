using System.Diagnostics;
using Bifrost.Calls.Telemetry;
using Bifrost.Ledger.Leases;
using Bifrost.Server.Configuration;
using OpenTelemetry.Trace;

namespace Bifrost.Server.Composition;

/// <summary>Which spans are made and where they go. Nothing listens unless the settings say so.</summary>
internal static class TracesComposition
{
    /// <summary>Orleans' spans of calls between grains.</summary>
    private const string GrainCalls = "Microsoft.Orleans.Application";

    public static void AddBifrostTraces(this IServiceCollection services, ObservabilitySettings settings)
    {
        if (settings is not { Traces: { } traces, Otlp: { } otlp }) return;
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .SetSampler(new TraceSampler(traces.Ratio))
            .AddSource(CallTraces.SourceName, LedgerTraces.SourceName, GrainCalls)
            .AddOtlpExporter(exporter => OtlpExport.Set(exporter, otlp, "/v1/traces")));
    }
}

/// <summary>
/// A span with a parent goes with it; one that points to a sampled span (a batch, a job's run) is sampled; of all others the share that is set.
/// </summary>
internal sealed class TraceSampler(double ratio) : Sampler
{
    private readonly TraceIdRatioBasedSampler _share = new(ratio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var parent = samplingParameters.ParentContext;
        if (parent.TraceId != default)
            return new SamplingResult((parent.TraceFlags & ActivityTraceFlags.Recorded) != 0 ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
        foreach (var link in samplingParameters.Links ?? [])
            if ((link.Context.TraceFlags & ActivityTraceFlags.Recorded) != 0) return new SamplingResult(SamplingDecision.RecordAndSample);
        return _share.ShouldSample(samplingParameters);
    }
}
