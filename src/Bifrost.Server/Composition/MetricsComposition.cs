using System.Diagnostics.Metrics;
using Bifrost.Admin.Metrics;
using Bifrost.Calls.Accounting;
using Bifrost.Calls.Limits;
using Bifrost.Jobs.Metrics;
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Metrics;
using Bifrost.Server.Configuration;
using OpenTelemetry.Metrics;

namespace Bifrost.Server.Composition;

/// <summary>The meters of this process and their export. Meters are the host's own, so two hosts in one process count apart.</summary>
internal static class MetricsComposition
{
    /// <summary>The product's meters; instruments of the frameworks are not exported.</summary>
    private const string MeterNames = "Bifrost.*";

    public static void AddBifrostMetrics(this IServiceCollection services, LimitSettings limits)
    {
        services.AddMetrics();
        services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddMeter(MeterNames).AddPrometheusExporter(static page =>
        {
            // A cached page would hide the backlog figures that were just read for this scrape.
            page.ScrapeResponseCacheDurationMilliseconds = 0;
            page.TargetInfoEnabled = false;
        }));
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
    }

    /// <summary>Creates the instruments that no other service asks for.</summary>
    public static void OpenBifrostMetrics(this IServiceProvider services)
    {
        _ = services.GetRequiredService<MeterProvider>();
        _ = services.GetRequiredService<ProcessMetrics>();
        _ = services.GetRequiredService<LedgerMetrics>();
        _ = services.GetRequiredService<JobMetrics>();
        _ = services.GetRequiredService<CallMetrics>();
        _ = services.GetRequiredService<LimitWatch>();
        _ = services.GetRequiredService<UnpricedCalls>();
    }

    /// <summary>
    /// OpenTelemetry selects meters by name only, across all hosts of the process: this view drops instruments of another host's factory
    /// and bounds the series of each metric (OpenTelemetry's own default is 2 000).
    /// </summary>
    private static Func<Instrument, MetricStreamConfiguration?> OfHost(IMeterFactory meters, int seriesMax)
    {
        var own = new MetricStreamConfiguration { CardinalityLimit = seriesMax };
        return instrument => ReferenceEquals(instrument.Meter.Scope, meters) ? own : MetricStreamConfiguration.Drop;
    }
}
