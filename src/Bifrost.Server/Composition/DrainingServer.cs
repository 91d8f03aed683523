using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Server.Composition;

/// <summary>
/// The web server with times of its own: a stop takes calls for so long as nobody may have heard of it (<paramref name="notice"/>), lets running ones go on
/// for so long (<paramref name="drain"/>), then cuts them off, and leaves the rest of the host's time to settling.
/// </summary>
internal sealed class DrainingServer(IServer server, TimeSpan notice, TimeSpan drain, TimeProvider time) : IServer
{
    public IFeatureCollection Features => server.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => server.StartAsync(application, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (notice > TimeSpan.Zero) await Task.Delay(notice, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(drain, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await server.StopAsync(either.Token);
    }

    public void Dispose() => server.Dispose();
}
