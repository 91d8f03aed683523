using System.Net;
using System.Net.Sockets;

namespace Bifrost.Testing;

/// <summary>Addresses for a server that must be found again at the same port after a restart.</summary>
internal static class FreePort
{
    /// <summary>An address whose port was free on loopback a moment ago.</summary>
    public static Uri Address(string host = "127.0.0.1")
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
