using System.Net;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;

namespace Bifrost.Providers.Http;

/// <summary>The connections to one provider, whatever dialect it speaks.</summary>
internal sealed class UpstreamConnections(Provider provider, ProviderLimits limits)
{
    private HttpMessageInvoker? _fresh;

    /// <summary>Sends on a connection that is kept from an earlier request, where there is one.</summary>
    public HttpMessageInvoker Kept { get; } = Open(provider, limits, TimeSpan.FromMilliseconds(limits.ConnectionLifeMs));

    /// <summary>Sends on a connection of its own. Made when it is needed; of two that are made at once either is right.</summary>
    public HttpMessageInvoker Fresh => _fresh ?? Interlocked.CompareExchange(ref _fresh, Open(provider, limits, TimeSpan.Zero), null) ?? _fresh;

    private static HttpMessageInvoker Open(Provider provider, ProviderLimits limits, TimeSpan life) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromMilliseconds(provider.ConnectTimeoutMs),
        MaxConnectionsPerServer = limits.ConnectionsMax,
        PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(limits.ConnectionIdleMs),
        PooledConnectionLifetime = life,
        PlaintextStreamFilter = static (context, _) => new(new WatchedConnection(context.PlaintextStream)),
        // Disposing an answer that was not read to its end closes its connection.
        MaxResponseDrainSize = 0,
    });
}
