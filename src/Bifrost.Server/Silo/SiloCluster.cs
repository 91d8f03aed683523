namespace Bifrost.Server.Silo;

/// <summary>A cluster of several processes that share one PostgreSQL for membership and grain state.</summary>
internal sealed record SiloCluster
{
    /// <summary>Of the same database and schema as the store's: a secret.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Scopes membership: processes of one id find each other.</summary>
    public string ClusterId { get; init; } = "bifrost";

    /// <summary>What the cluster serves, as Orleans knows it: never change it.</summary>
    public string ServiceId { get; init; } = "bifrost";

    /// <summary>Port of calls between silos; 0: a free one.</summary>
    public int SiloPort { get; init; } = 11_111;

    /// <summary>Port of outside clients; 0: none.</summary>
    public int GatewayPort { get; init; }

    /// <summary>The IP address that it listens on, and that the other silos reach it at.</summary>
    public string AdvertisedAddress { get; init; } = "127.0.0.1";

    /// <summary>Certificates of both ports; null: neither encrypted nor authenticated.</summary>
    public SiloTls? Tls { get; init; }

    /// <summary>How long a silo may take to answer a probe; three late answers make it suspect.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    public override string ToString() => $"SiloCluster {ClusterId} at {AdvertisedAddress}:{SiloPort}";
}
