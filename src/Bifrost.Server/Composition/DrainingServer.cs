using Bifrost.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Server.Composition;

/// <summary>
/// The web server with times of its own: a stop takes calls for so long as nobody may have heard of it (<paramref name="notice"/>), lets running ones go on
/// for so long (<paramref name="drain"/>), then has the others answered as shutting down, closes the connections, and leaves the rest of the host's time to
/// settling.
/// </summary>
internal sealed class DrainingServer(IServer server, TimeSpan notice, TimeSpan drain, DrainEnd end, TimeProvider time) : IServer
{
    /// <summary>How long the last answers may take to be read; then their connections are cut off.</summary>
    public static readonly TimeSpan AnswersMax = TimeSpan.FromSeconds(5);

    public IFeatureCollection Features => server.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => server.StartAsync(application, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (notice > TimeSpan.Zero) await Task.Delay(notice, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await using var over = time.CreateTimer(static end => ((DrainEnd)end!).Tell(), end, drain, Timeout.InfiniteTimeSpan);
        using var limit = new CancellationTokenSource(drain + AnswersMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await server.StopAsync(either.Token);
    }

    public void Dispose() => server.Dispose();
}
