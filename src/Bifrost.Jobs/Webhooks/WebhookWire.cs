using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Bifrost.Jobs.Webhooks;

/// <summary>An endpoint's name leads to addresses that it may not stand at.</summary>
public sealed class WebhookRefusedException(string message) : Exception(message);

/// <summary>
/// Sends deliveries. Redirects are not followed, no proxy is used, nothing of an answer but its status is read; where an endpoint must be
/// public, that is checked on the very address that is connected to, so that no second look at the DNS can say otherwise.
/// </summary>
public sealed class WebhookWire(TimeProvider time) : IDisposable
{
    private readonly HttpMessageInvoker _public = Make(publicOnly: true);
    private readonly HttpMessageInvoker _any = Make(publicOnly: false);

    /// <summary>The endpoint's status.</summary>
    /// <exception cref="WebhookRefusedException">It stands where it may not.</exception>
    public async Task<int> SendAsync(WebhookEndpoint endpoint, Guid deliveryId, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var id = deliveryId.ToString("D");
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp);
        request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Of(endpoint.Secret.Span, id, timestamp, body.Span));
        try
        {
            // The invoker answers once the headers are there; the body is not read.
            using var response = await (endpoint.AllowPrivateNetwork ? _any : _public).SendAsync(request, cancel);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException e) when (e.InnerException is WebhookRefusedException refusal)
        {
            throw new WebhookRefusedException(refusal.Message);
        }
    }

    public void Dispose()
    {
        _public.Dispose();
        _any.Dispose();
    }

    private static HttpMessageInvoker Make(bool publicOnly) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = publicOnly ? ConnectPublicAsync : null,
    });

    private static async ValueTask<Stream> ConnectPublicAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        var found = await Dns.GetHostAddressesAsync(host, cancel);
        var addresses = Array.FindAll(found, PublicAddress.Is);
        if (addresses.Length == 0) throw new WebhookRefusedException($"'{host}' has no public address, and the endpoint does not allow a private one.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
