using System.Net;
using System.Net.Sockets;

namespace Bifrost.Jobs.Webhooks;

/// <summary>
/// Tells addresses of the open internet from all others: an endpoint's name must not lead into the operator's own network, whatever its
/// DNS says.
/// </summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] s_notPublic =
    [
        // "This" network, private ones, carrier-grade NAT, loopback, link-local and with it the metadata services of clouds.
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),

        // Protocol assignments, documentation, benchmarks, multicast and reserved.
        IPNetwork.Parse("192.0.0.0/24"), IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("192.88.99.0/24"), IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),

        // Of IPv6's global part: tunnels that carry an IPv4 address, and documentation.
        IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20"),
    ];

    private static readonly IPNetwork s_global6 = IPNetwork.Parse("2000::/3");

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !s_global6.Contains(address)) return false;
        return !Array.Exists(s_notPublic, network => network.Contains(address));
    }
}
