using System.Diagnostics.Metrics;
using Bifrost.Admin.Metrics;
using Bifrost.Jobs.Metrics;
using Bifrost.Ledger.Metrics;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Composition;

/// <summary>The meters of this process and who listens to them. Meters are the host's own, so two hosts in one process count apart.</summary>
internal static class MetricsComposition
{
    public static void AddBifrostMetrics(this IServiceCollection services, LimitSettings limits)
    {
        services.AddMetrics();
        services.AddSingleton(new MetricsOptions { SeriesPerMetricMax = limits.MetricSeries });
        services.AddSingleton<MetricsCollector>();
        services.AddSingleton<LedgerMetrics>();
        services.AddSingleton<JobBacklogGauges>();
        services.AddSingleton(provider => new ProcessMetrics(
            provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>(), ProductInfo.Version));

        // What nobody listens to is lost, its zeroes too.
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<MetricsCollector>();
            return new JobMetrics(provider.GetRequiredService<IMeterFactory>());
        });
    }

    /// <summary>Makes the instruments that nobody asks for.</summary>
    public static void OpenBifrostMetrics(this IServiceProvider services)
    {
        _ = services.GetRequiredService<MetricsCollector>();
        _ = services.GetRequiredService<ProcessMetrics>();
        _ = services.GetRequiredService<LedgerMetrics>();
        _ = services.GetRequiredService<JobMetrics>();
    }
}
