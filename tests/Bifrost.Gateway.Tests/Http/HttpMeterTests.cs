using System.Diagnostics.Metrics;
using Bifrost.Gateway.Routing;
using Bifrost.Http.Connections;

namespace Bifrost.Gateway.Tests.Http;

public sealed class HttpMeterTests
{
    /// <summary>Callers choose paths, ids, methods and keys: each would be a series for ever.</summary>
    [Fact]
    public void A_hundred_thousand_made_up_paths_methods_and_ids_are_a_handful_of_series()
    {
        using var meters = new TestMeters();
        var meter = new HttpMeter(meters);
        var series = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters)) own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => series.Add(string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"))));
        listener.Start();
        for (var i = 0; i < 100_000; i++)
        {
            var path = (i % 5) switch
            {
                0 => $"/made-up-{i}",
                1 => $"/v1/async/chat/completions/{i}",
                2 => $"/v1/models/made-up-{i}",
                3 => $"/openai/openai/deployments/made-up-{i}/chat/completions",
                _ => $"/api/governance/virtual-keys/made-up-{i}",
            };
            meter.Ended(RouteTable.WordOf(RouteTable.Match(path), path), $"M{i}", 404, TimeSpan.Zero);
        }

        Assert.Equal(5, series.Count);
        Assert.All(series, static one => Assert.Contains("http.request.method=_OTHER", one, StringComparison.Ordinal));
    }
}
