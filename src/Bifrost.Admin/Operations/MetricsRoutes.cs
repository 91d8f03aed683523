using Bifrost.Admin.Http;
using Bifrost.Admin.Metrics;
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
    private readonly BudgetGauges _budgets;
    private readonly RequestDelegate _exporter;

    public MetricsRoutes(IServiceProvider services, JobBacklogGauges backlog, BudgetGauges budgets)
    {
        // The exporter is called by this route only: as a part of the host's pipeline it would answer unauthenticated callers.
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true);
        (_backlog, _budgets, _exporter) = (backlog, budgets, pipeline.Build());
    }

    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get(Path, GetAsync)];

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        await Task.WhenAll(_backlog.RefreshAsync(call.Aborted), _budgets.RefreshAsync(call.Aborted));
        return AdminAnswer.By(_exporter);
    }
}
