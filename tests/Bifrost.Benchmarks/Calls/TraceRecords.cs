using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Bifrost.Benchmarks.Calls;

/// <summary>What a plain call pays for its spans: with nobody listening, with one call in a hundred traced, and with all; the export left out.</summary>
[MemoryDiagnoser]
public class TraceRecords
{
    private readonly Provider _provider = new() { Name = "openai", BaseUrl = new Uri("http://localhost") };
    private readonly TokenUsage _usage = new() { PromptTokens = 120, CompletionTokens = 80 };
    private TracerProvider? _listener;

    /// <summary>Share of the calls; below 0: nobody listens.</summary>
    [Params(-1, 0.01, 1)]
    public double Ratio { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        if (Ratio < 0) return;
        _listener = Sdk.CreateTracerProviderBuilder().SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(Ratio)))
            .AddSource(CallTraces.SourceName).Build();
    }

    [GlobalCleanup]
    public void Cleanup() => _listener?.Dispose();

    [Benchmark]
    public void Call()
    {
        var time = TimeProvider.System;
        using var request = CallTraces.IsOn ? CallTraces.Request("POST", "/v1/chat/completions", default(ActivityContext)) : null;
        var watch = new RequestWatch(null, time, time.GetTimestamp());
        watch.Try(_provider.Name, "gpt-4o", 0);
        watch.Tried(time.GetTimestamp(), _usage, 1_000, null);
        watch.Ended(null);
    }
}
