namespace Bifrost.Server.Silo;

/// <summary>Settings of this process's Orleans silo.</summary>
internal sealed record SiloSettings
{
    /// <summary>How long a grain may be unused before it is dropped from memory.</summary>
    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often idle grains are looked for; less than <see cref="CollectionAge"/>.</summary>
    public TimeSpan CollectionQuantum { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ages of single grain classes, by full name; each more than <see cref="CollectionQuantum"/>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> CollectionAgeByClass { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>How long the caller of a grain waits, unless the method says otherwise.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a grain's last calls, and then its end, may take when it is dropped or the process stops.</summary>
    public TimeSpan DeactivationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null: one process on its own.</summary>
    public SiloCluster? Cluster { get; init; }

    /// <summary>
    /// Registers the keyed <c>IGrainStorage</c> named <c>Default</c> where there is no cluster; a cluster keeps grain state in its own
    /// database. Null: the composition has registered it already.
    /// </summary>
    public Action<IServiceCollection>? AddGrainStorage { get; init; }
}
