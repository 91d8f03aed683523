using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Bifrost.Testing;

/// <summary>The exporter's page over the meters of one factory, without a server. To be made before the instruments are.</summary>
internal sealed class ScrapedMeters : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly MeterProvider _provider;
    private readonly RequestDelegate _exporter;

    public ScrapedMeters(IMeterFactory meters)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter("Bifrost.*")
            .AddView(instrument => ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop)
            .AddPrometheusExporter(static page => (page.ScrapeResponseCacheDurationMilliseconds, page.TargetInfoEnabled) = (0, false))
            .Build();
        var pipeline = new ApplicationBuilder(_services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, static _ => true, null, null, null);
        _exporter = pipeline.Build();
    }

    public async Task<PrometheusPage> PageAsync()
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = _services, Response = { Body = body } };
        await _exporter(context);
        Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
        return PrometheusPage.Read(Encoding.UTF8.GetString(body.ToArray()));
    }

    public void Dispose()
    {
        _provider.Dispose();
        _services.Dispose();
    }
}
