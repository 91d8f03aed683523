using System.Diagnostics;

namespace Bifrost.KillTest.Cluster;

/// <summary>
/// The networks of the silos, as <c>scripts/cluster-test.sh</c> makes them with Debian's iproute2: a namespace for each silo, joined by a bridge. Cutting
/// drops what a silo sends to an address, so nothing there is answered any more.
/// </summary>
internal static class Networks
{
    public const string Loopback = "127.0.0.1";

    /// <summary>Where the upstream and the callers are.</summary>
    public const string Outside = "10.77.0.1";

    /// <summary>Where PostgreSQL is.</summary>
    public const string Store = "10.77.0.2";

    public static string NameOf(int silo) => $"bifrost-{silo}";

    public static string HostOf(int silo) => $"10.77.0.{10 + silo}";

    public static Task CutAsync(int silo, string host) => IpAsync("netns", "exec", NameOf(silo), "ip", "route", "add", "blackhole", host + "/32");

    public static Task MendAsync(int silo, string host) => IpAsync("netns", "exec", NameOf(silo), "ip", "route", "del", "blackhole", host + "/32");

    private static async Task IpAsync(params string[] arguments)
    {
        using var ip = Process.Start("ip", arguments);
        await ip.WaitForExitAsync();
        if (ip.ExitCode != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)} ended with {ip.ExitCode}.");
    }
}
