using System.Net;

namespace Bifrost.Http.Addresses;

/// <summary>
/// Finds the caller's address (contract section 2): the connection's, or behind trusted proxies the last entry of <c>X-Forwarded-For</c> that
/// is none of theirs: what stands before it is the caller's own word.
/// </summary>
/// <param name="trusted">Networks whose word is taken (<c>client.trusted_proxies</c>).</param>
public sealed class ClientAddresses(IReadOnlyList<IPNetwork> trusted)
{
    private const string ForwardedFor = "X-Forwarded-For";

    public ClientAddress Of(HttpContext context)
    {
        var remote = context.Connection.RemoteIpAddress;
        if (trusted.Count == 0 || !IsTrusted(remote)) return ClientAddress.Of(remote);
        var headers = context.Request.Headers[ForwardedFor];
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            var rest = headers[i].AsSpan();
            while (!rest.IsEmpty)
            {
                var comma = rest.LastIndexOf(',');
                var entry = rest[(comma + 1)..].Trim();
                rest = comma < 0 ? default : rest[..comma];
                if (entry.IsEmpty) continue;

                // What is no address, nobody trusted has written: the last known one stands.
                if (!TryParse(entry, out var address)) return ClientAddress.Of(remote);
                remote = address;
                if (!IsTrusted(remote)) return ClientAddress.Of(remote);
            }
        }

        return ClientAddress.Of(remote);
    }

    /// <summary>Whether a connection is a trusted proxy's, which carries the requests of many.</summary>
    public bool IsTrusted(IPAddress? address)
    {
        if (address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in trusted)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>An address, with or without a port.</summary>
    private static bool TryParse(ReadOnlySpan<char> entry, out IPAddress address)
    {
        address = IPAddress.None;
        if (!IPEndPoint.TryParse(entry, out var found)) return false;
        address = found.Address;
        return true;
    }
}
