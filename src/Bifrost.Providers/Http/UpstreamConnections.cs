using System.Net;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;

namespace Bifrost.Providers.Http;

/// <summary>The connections to one provider, whatever dialect it speaks.</summary>
internal static class UpstreamConnections
{
    public static HttpMessageInvoker Open(Provider provider, ProviderLimits limits) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromMilliseconds(provider.ConnectTimeoutMs),
        MaxConnectionsPerServer = limits.ConnectionsMax,
        PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(limits.ConnectionIdleMs),
        PooledConnectionLifetime = TimeSpan.FromMilliseconds(limits.ConnectionLifeMs),
        // Disposing an answer that was not read to its end closes its connection.
        MaxResponseDrainSize = 0,
    });
}
