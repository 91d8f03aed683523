using System.Diagnostics.Metrics;
using Bifrost.Admin.Metrics;
using Bifrost.Calls.Accounting;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Telemetry;
using Bifrost.Jobs.Metrics;
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Metrics;
using Bifrost.Server.Configuration;
using OpenTelemetry.Metrics;

namespace Bifrost.Server.Composition;

/// <summary>The meters of this process and their export. Meters are the host's own, so two hosts in one process count apart.</summary>
internal static class MetricsComposition
{
    /// <summary>The product's meters.</summary>
    private const string MeterNames = "Bifrost.*";

    /// <summary>Those of the frameworks: collections, memory and threads; grains and messages between silos.</summary>
    private static readonly string[] s_frameworks = ["System.Runtime", "Microsoft.Orleans"];

    public static void AddBifrostMetrics(this IServiceCollection services, LimitSettings limits, ObservabilitySettings settings)
    {
        services.AddMetrics();
        services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(MeterNames);
            if (settings.Metrics.HasFrameworks) metrics.AddMeter(s_frameworks);
            metrics.AddPrometheusExporter(static page =>
            {
                // A cached page would hide the backlog figures that were just read for this scrape.
                page.ScrapeResponseCacheDurationMilliseconds = 0;
                page.TargetInfoEnabled = false;
            });
            if (settings.Otlp is not { HasMetrics: true } otlp) return;
            metrics.AddOtlpExporter((exporter, reader) =>
            {
                OtlpExport.Set(exporter, otlp, "/v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = otlp.IntervalSeconds * 1_000;
            });
        });
        if (settings.Otlp is { HasMetrics: true } pushed)
        {
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<GaugeRefresh>(provider, TimeSpan.FromSeconds(pushed.IntervalSeconds)));
        }

        services.AddSingleton(new CallMeterOptions
        {
            // A metric's own limit is the last one; histograms have a series for each kind of error besides.
            ModelsMax = Math.Max(1, limits.MetricSeries / 4),
            UnlistedModelsMax = settings.Metrics.UnlistedModelsMax,
            BifrostNames = settings.Metrics.HasBifrostNames,
        });
        services.AddSingleton(new BudgetGaugeOptions { BudgetsMax = settings.Metrics.BudgetsMax });
        services.AddSingleton<BudgetGauges>();
        services.AddSingleton<ProviderGauges>();
        services.ConfigureOpenTelemetryMeterProvider(
            (provider, metrics) => metrics.AddView(OfHost(provider.GetRequiredService<IMeterFactory>(), limits.MetricSeries)));
        services.AddSingleton<LedgerMetrics>();
        services.AddSingleton<JobBacklogGauges>();
        services.AddSingleton(provider => new ProcessMetrics(
            provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>(), ProductInfo.Version));

        // Instruments without a listener drop their measurements, including initial zeroes.
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<MeterProvider>();
            return new JobMetrics(provider.GetRequiredService<IMeterFactory>());
        });
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<MeterProvider>();
            return new CallMetrics(provider.GetRequiredService<IMeterFactory>());
        });
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<MeterProvider>();
            return ActivatorUtilities.CreateInstance<LimitWatch>(provider);
        });
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<MeterProvider>();
            return ActivatorUtilities.CreateInstance<CallMeter>(provider);
        });
    }

    /// <summary>Creates the instruments that no other service asks for.</summary>
    public static void OpenBifrostMetrics(this IServiceProvider services)
    {
        _ = services.GetRequiredService<MeterProvider>();
        _ = services.GetRequiredService<ProcessMetrics>();
        _ = services.GetRequiredService<LedgerMetrics>();
        _ = services.GetRequiredService<JobMetrics>();
        _ = services.GetRequiredService<CallMetrics>();
        _ = services.GetRequiredService<CallMeter>();
        _ = services.GetRequiredService<ProviderGauges>();
        _ = services.GetRequiredService<BudgetGauges>();
        _ = services.GetRequiredService<LimitWatch>();
        _ = services.GetRequiredService<UnpricedCalls>();
    }

    /// <summary>
    /// OpenTelemetry selects meters by name only, across all hosts of the process: this view drops instruments of another host's factory
    /// (those of the runtime have none)
    /// and bounds the series of each metric (OpenTelemetry's own default is 2 000).
    /// </summary>
    private static Func<Instrument, MetricStreamConfiguration?> OfHost(IMeterFactory meters, int seriesMax)
    {
        var own = new MetricStreamConfiguration { CardinalityLimit = seriesMax };
        return instrument => instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters) ? own : MetricStreamConfiguration.Drop;
    }
}
