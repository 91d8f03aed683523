namespace Bifrost.Server.Silo;

/// <summary>Settings of this process's Orleans silo.</summary>
internal sealed record SiloSettings
{
    /// <summary>Null: one process on its own.</summary>
    public SiloCluster? Cluster { get; init; }

    /// <summary>Whether calls between grains carry the span that they belong to.</summary>
    public bool Traces { get; init; }

    /// <summary>Whether this silo collects what Orleans' own pages show.</summary>
    public bool Pages { get; init; }

    /// <summary>
    /// Registers the keyed <c>IGrainStorage</c> named <c>Default</c> where there is no cluster; a cluster keeps grain state in its own
    /// database. Null: the composition has registered it already.
    /// </summary>
    public Action<IServiceCollection>? AddGrainStorage { get; init; }
}
