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
        var address = section.Text("advertised_address");
        if (address is not null && !IPAddress.TryParse(address, out _))
            section.Error("advertised_address", $"is \"{address}\"; an IP address stands here");
        settings = settings with
        {
            ClusterId = section.Text("cluster_id") ?? settings.ClusterId,
            ServiceId = section.Text("service_id") ?? settings.ServiceId,
            SiloPort = (int)(section.Whole("silo_port", 1, 65_535) ?? settings.SiloPort),
            GatewayPort = (int)(section.Whole("gateway_port", 1, 65_535) ?? settings.GatewayPort),
            AdvertisedAddress = address,
        };
        if (settings.SiloPort == settings.GatewayPort)
            section.Error("gateway_port", $"is {settings.GatewayPort}, the same as silo_port; two different ports are needed");
        section.End();
        return settings;
    }
}
