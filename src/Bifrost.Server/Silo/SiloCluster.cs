namespace Bifrost.Server.Silo;

/// <summary>A cluster of several processes that share one PostgreSQL for membership and grain state.</summary>
internal sealed record SiloCluster
{
    public required string ConnectionString { get; init; }

    /// <summary>Scopes membership: processes of one id find each other.</summary>
    public string ClusterId { get; init; } = "bifrost";

    /// <summary>Part of every stored grain state's key: never change it.</summary>
    public string ServiceId { get; init; } = "bifrost";

    /// <summary>Port of calls between silos; 0: a free one.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port of outside clients; 0: none.</summary>
    public int GatewayPort { get; init; }

    /// <summary>Address under which the other silos reach this one; null: the first of this machine.</summary>
    public string? AdvertisedAddress { get; init; }
}
