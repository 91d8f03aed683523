using System.Net;
using System.Net.Sockets;

namespace Bifrost.Testing;

/// <summary>Addresses for a server that must be found again at the same port after a restart.</summary>
internal static class FreePort
{
    /// <summary>An address on loopback whose port was free a moment ago.</summary>
    public static Uri Address()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
