using Bifrost.Admin.Metrics;
using Bifrost.Jobs.Metrics;
using Bifrost.Server.Configuration;
using OpenTelemetry.Exporter;

namespace Bifrost.Server.Composition;

/// <summary>How the collector is reached, for each of the signals.</summary>
internal static class OtlpExport
{
    /// <param name="exporter">What is set.</param>
    /// <param name="otlp">By this.</param>
    /// <param name="path">Where the signal goes over HTTP.</param>
    public static void Set(OtlpExporterOptions exporter, OtlpSettings otlp, string path)
    {
        exporter.Protocol = otlp.IsHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = otlp.IsHttp ? new Uri(otlp.Endpoint.ToString().TrimEnd('/') + path) : otlp.Endpoint;
        if (otlp.Headers.Length > 0) exporter.Headers = otlp.Headers;
    }
}

/// <summary>Where metrics are pushed no scrape asks for fresh figures of the store: this does, in the rhythm of the export.</summary>
internal sealed class GaugeRefresh(JobBacklogGauges backlog, BudgetGauges budgets, TimeSpan every, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.WhenAll(backlog.RefreshAsync(stoppingToken), budgets.RefreshAsync(stoppingToken));
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
