using Bifrost.Calls.Pipeline;

namespace Bifrost.Server.Composition;

/// <summary>Between the web server's stop and the silo's: waits until every call's cost is booked.</summary>
internal sealed class SettleOnStop(ChatPipeline pipeline, TimeSpan limit) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await pipeline.DrainAsync(limit);
}
