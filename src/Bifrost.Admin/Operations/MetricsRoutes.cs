using Bifrost.Admin.Http;
using Bifrost.Jobs.Metrics;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Admin.Operations;

/// <summary>
/// <c>/metrics</c> in Prometheus' text format or OpenMetrics, authenticated as every admin route. A store that is away takes the figures
/// that only it knows off the page, and nothing else.
/// </summary>
internal sealed class MetricsRoutes : IAdminRoutes
{
    public const string Path = "/metrics";

    private readonly JobBacklogGauges _backlog;
    private readonly RequestDelegate _exporter;

    public MetricsRoutes(IServiceProvider services, JobBacklogGauges backlog)
    {
        // The exporter is called by this route only: as a part of the host's pipeline it would answer unauthenticated callers.
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true);
        (_backlog, _exporter) = (backlog, pipeline.Build());
    }

    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get(Path, GetAsync)];

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        await _backlog.RefreshAsync(call.Aborted);
        return AdminAnswer.By(_exporter);
    }
}
