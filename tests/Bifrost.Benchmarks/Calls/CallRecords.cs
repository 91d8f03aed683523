using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Http.Connections;
using Bifrost.Ledger.Money;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Bifrost.Benchmarks.Calls;

/// <summary>What a plain call, and a call that nobody counts, pay for their measurements; with OpenTelemetry's own listener.</summary>
[MemoryDiagnoser]
public class CallRecords
{
    private readonly Provider _provider = new() { Name = "openai", BaseUrl = new Uri("http://localhost") };
    private readonly TokenUsage _usage = new() { PromptTokens = 120, CompletionTokens = 80 };
    private readonly CatalogSnapshot _catalog = new()
    {
        Prices = new Dictionary<string, ModelPrice> { ["openai/gpt-4o"] = new() { InputNanosPerMillion = 1_000, OutputNanosPerMillion = 1_000 } }
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
    };

    private ServiceProvider? _services;
    private MeterProvider? _listener;
    private CallMeter? _meter;
    private HttpMeter? _http;

    [Params("gpt-4o", "made-up")]
    public string Model { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener = Sdk.CreateMeterProviderBuilder().AddMeter("Bifrost.*").AddPrometheusExporter().Build();
        (_meter, _http) = (new CallMeter(meters, TimeProvider.System, new CallMeterOptions()), new HttpMeter(meters));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _listener?.Dispose();
        _services?.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Uncounted() => Call(null, null);

    [Benchmark]
    public void Counted() => Call(_meter, _http);

    private void Call(CallMeter? meter, HttpMeter? http)
    {
        var time = TimeProvider.System;
        var begunAt = time.GetTimestamp();
        http?.Begun();
        meter?.Begun();
        var watch = new RequestWatch(meter, time, begunAt);
        watch.Target(_catalog, _provider, Model, 0);
        watch.Try(_provider.Name, Model, 0);
        watch.Admitted();
        var since = time.GetTimestamp();
        watch.Waited(since);
        watch.Tried(since, _usage, 1_000, null);
        watch.Answers(isStream: false);
        watch.Ended(null);
        meter?.Settled(since);
        http?.Ended("/v1/chat/completions", "POST", 200, time.GetElapsedTime(begunAt));
    }
}
