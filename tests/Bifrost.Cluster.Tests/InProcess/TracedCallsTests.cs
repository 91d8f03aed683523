using System.Collections.Concurrent;
using System.Diagnostics;
using Bifrost.Calls.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Bifrost.Cluster.Tests.InProcess;

/// <summary>A trace goes on in the silo where the grain lives: what runs there is below the request, whichever silo took it.</summary>
public sealed class TracedCallsTests
{
    private const int Grains = 20;

    [Fact]
    public async Task The_span_of_a_request_is_that_of_the_grains_that_it_calls_on_two_silos()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is CallTraces.SourceName or "Microsoft.Orleans.Application",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo(static (_, silo) =>
        {
            silo.AddActivityPropagation();
            silo.Configure<GrainCollectionOptions>(static collection => collection.CollectionQuantum = TimeSpan.FromSeconds(5));
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var caller = cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>();

        TracedAt[] seen;
        ActivityTraceId trace;
        using (var request = CallTraces.Request("POST", "/v1/chat/completions", default)!)
        {
            trace = request.TraceId;
            seen = await Task.WhenAll(Enumerable.Range(0, Grains).Select(key => caller.GetGrain<ITracedGrain>(key).WhereAsync())).InTimeAsync();
        }

        Assert.Equal(2, seen.Select(static one => one.Silo).Distinct().Count());
        Assert.All(seen, one => Assert.Equal(trace.ToString(), one.Trace));
        var ours = spans.Where(span => span.TraceId == trace).ToList();
        var ids = ours.Select(static span => span.SpanId).ToHashSet();
        Assert.Single(ours, static span => span.ParentSpanId == default);
        Assert.All(ours.Where(static span => span.ParentSpanId != default), span => Assert.Contains(span.ParentSpanId, ids));
    }
}

/// <summary>Where a call ran, and in which trace.</summary>
[GenerateSerializer, Alias("bifrost.test.TracedAt")]
public sealed record TracedAt([property: Id(0)] string Silo, [property: Id(1)] string? Trace);

[Alias("bifrost.test.ITracedGrain")]
public interface ITracedGrain : IGrainWithIntegerKey
{
    [Alias("Where")]
    Task<TracedAt> WhereAsync();
}

[Orleans.Placement.RandomPlacement]
internal sealed class TracedGrain(ILocalSiloDetails silo) : Grain, ITracedGrain
{
    public Task<TracedAt> WhereAsync() => Task.FromResult(new TracedAt(silo.SiloAddress.ToString(), Activity.Current?.TraceId.ToString()));
}
