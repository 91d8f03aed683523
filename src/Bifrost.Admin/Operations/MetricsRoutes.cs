using System.Buffers;
using Bifrost.Admin.Http;
using Bifrost.Admin.Metrics;
using Bifrost.Jobs.Metrics;

namespace Bifrost.Admin.Operations;

/// <summary>
/// <c>/metrics</c> in Prometheus' text format, behind the same door as every admin route. A store that is away takes the figures that
/// only it knows off the page, and nothing else.
/// </summary>
internal sealed class MetricsRoutes(MetricsCollector metrics, JobBacklogGauges backlog) : IAdminRoutes
{
    public const string Path = "/metrics";

    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get(Path, GetAsync)];

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        await backlog.RefreshAsync(call.Aborted).ConfigureAwait(false);
        var text = new ArrayBufferWriter<byte>(32 * 1_024);
        metrics.Write(text);
        return AdminAnswer.OfText(text.WrittenMemory, MetricsCollector.ContentType);
    }
}
