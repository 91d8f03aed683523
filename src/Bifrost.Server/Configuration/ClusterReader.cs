using System.Net;
using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>cluster</c>; without it the process runs alone.</summary>
internal static class ClusterReader
{
    public static ClusterSettings? Read(Section? section)
    {
        if (section is null) return null;
        var settings = new ClusterSettings();
        settings = settings with
        {
            ClusterId = section.Text("cluster_id") ?? settings.ClusterId,
            ServiceId = section.Text("service_id") ?? settings.ServiceId,
            SiloPort = (int)(section.Whole("silo_port", 0, 65_535) ?? settings.SiloPort),
            GatewayPort = (int)(section.Whole("gateway_port", 0, 65_535) ?? settings.GatewayPort),
            AdvertisedAddress = section.Secret("advertised_address") ?? settings.AdvertisedAddress,
            Insecure = section.Flag("insecure") ?? settings.Insecure,
            Tls = ReadTls(section.Object("tls")),
            ProbeSeconds = (int)(section.Whole("probe_seconds", 1, 60) ?? settings.ProbeSeconds),
        };
        if (settings.SiloPort == settings.GatewayPort && settings.SiloPort > 0)
            section.Error("gateway_port", $"is {settings.GatewayPort}, the same as silo_port; two different ports are needed");
        CheckAddress(section, settings);
        section.End();
        return settings;
    }

    private static void CheckAddress(Section section, ClusterSettings settings)
    {
        if (!IPAddress.TryParse(settings.AdvertisedAddress, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            section.Error(
                "advertised_address",
                $"is \"{settings.AdvertisedAddress}\"; the IP address of this machine stands here, as the other silos reach it");
        }
        else if (!IPAddress.IsLoopback(address) && settings.Tls is null && !settings.Insecure)
        {
            section.Error(
                "advertised_address",
                $"is {address}, where other machines can call this silo: without cluster.tls anyone there could act as a member; set "
                + "cluster.tls {certificate, key, authority}, or cluster.insecure to true where the network itself keeps others out");
        }
    }

    private static ClusterTlsSettings? ReadTls(Section? section)
    {
        if (section is null) return null;
        var read = new ClusterTlsSettings(section.RequiredText("certificate"), section.RequiredText("key"), section.RequiredText("authority"));
        section.End();
        return read;
    }
}
