using System.Collections.Frozen;
using Bifrost.Calls.Board;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Tests.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Calls.Tests.Board;

/// <summary>What one silo says of itself.</summary>
public sealed class SiloReportsTests
{
    [Fact]
    public async Task Rates_are_those_since_the_report_before()
    {
        await using var rig = new PipelineRig();
        rig.P.ThenFails(FailureKind.BadRequest, 400);
        rig.Book.Statistics = rig.Book.Statistics with { Holds = 4, StoreLatency = TimeSpan.FromMilliseconds(3), ClockSkew = TimeSpan.FromMilliseconds(-2) };
        var reports = Reports(rig);
        for (var i = 0; i < 10; i++) await rig.RunAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        var first = reports.Next("s");
        Assert.Equal(("s", 1L, 5.0, 3), (first.Silo, first.Number, first.RequestsPerSecond, first.JobsRunning));
        Assert.Equal((4, 3.0, -2.0), (first.CallsInFlight, first.StoreLatencyMs!.Value, first.ClockSkewMs!.Value));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        var second = reports.Next("s");
        Assert.Equal((2L, 0.0), (second.Number, second.RequestsPerSecond));
    }

    [Fact]
    public async Task A_report_is_bounded_whatever_is_configured()
    {
        await using var rig = new PipelineRig();
        var keys = Enumerable.Range(0, 200).Select(i => new ProviderKey { Id = $"k{i}", Name = $"k{i}", Value = "secret" }).ToImmutableArray();
        rig.Catalog.Swap(new CatalogSnapshot
        {
            Version = 9,
            Providers = Enumerable.Range(0, 400)
                .Select(i => new Provider { Name = $"p{i:000}", BaseUrl = new Uri("http://127.0.0.1:1"), Keys = keys })
                .ToFrozenDictionary(provider => provider.Name),
        });
        var report = Reports(rig).Next("s");
        Assert.Equal((9, SiloReport.ProvidersMax), (report.CatalogVersion, report.Providers.Length));
        Assert.All(report.Providers, provider => Assert.Equal(SiloReport.KeysMax + 1, provider.Status.Keys.Length));
    }

    private static SiloReports Reports(PipelineRig rig) => new(
        rig.Pipeline, new ProviderDispatchers([], rig.Time, NullLogger<ProviderDispatchers>.Instance), rig.Catalog, rig.Book, new SiloFacts("1", () => 3), rig.Time);
}
