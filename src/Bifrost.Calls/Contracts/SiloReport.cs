namespace Bifrost.Calls.Contracts;

/// <summary>One silo as it sees itself at one moment.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.SiloReport")]
public sealed record SiloReport
{
    /// <summary>The silo's address and generation, as Orleans writes them.</summary>
    [Id(0)] public required string Silo { get; init; }

    /// <summary>One more with each report of this silo.</summary>
    [Id(1)] public required long Number { get; init; }

    /// <summary>The build's version.</summary>
    [Id(2)] public required string Version { get; init; }

    /// <summary>The id that the silo holds its credit leases under; empty before the store knows it.</summary>
    [Id(3)] public required Guid Holder { get; init; }

    /// <summary>The catalog version that it works by.</summary>
    [Id(4)] public required long CatalogVersion { get; init; }

    /// <summary>Whether calls are admitted.</summary>
    [Id(5)] public required bool Admits { get; init; }

    /// <summary>Whether the store answered the last heartbeat.</summary>
    [Id(6)] public required bool StoreReached { get; init; }

    /// <summary>Chat completions begun, those of jobs among them, since the report before.</summary>
    [Id(7)] public required double RequestsPerSecond { get; init; }

    /// <summary>Attempts that were admitted and have not ended.</summary>
    [Id(8)] public required int CallsInFlight { get; init; }

    [Id(9)] public required int JobsRunning { get; init; }

    /// <summary>Calls that wait for credit.</summary>
    [Id(10)] public required int CreditWaiters { get; init; }

    /// <summary>Credit leases that are not closed.</summary>
    [Id(11)] public required int Leases { get; init; }

    /// <summary>Entries of the ledger that are not durable yet.</summary>
    [Id(12)] public required int UnpostedEntries { get; init; }

    /// <summary>The last heartbeat that the store answered, from sending to the answer; null before the first.</summary>
    [Id(13)] public double? StoreLatencyMs { get; init; }

    /// <summary>How long the ledger's batch that is out waits for the store, or how long the last one did.</summary>
    [Id(14)] public required double BatchLagMs { get; init; }

    /// <summary>The store's clock less this process's, exact to half of <see cref="StoreLatencyMs"/>; null before the first heartbeat.</summary>
    [Id(15)] public double? ClockSkewMs { get; init; }

    /// <summary>Processor time since the report before, in percent of one core.</summary>
    [Id(16)] public required double CpuPercent { get; init; }

    /// <summary>Physical memory of the process, in bytes.</summary>
    [Id(17)] public required long MemoryBytes { get; init; }

    /// <summary>The providers as their dispatch on this silo sees them, by name; at most <see cref="ProvidersMax"/>.</summary>
    [Id(18)] public required ImmutableArray<ProviderReport> Providers { get; init; }

    /// <summary>Bound on one report.</summary>
    public const int ProvidersMax = 256;

    /// <summary>Bound on the keys of one provider in a report.</summary>
    public const int KeysMax = 64;
}

/// <summary>One provider on one silo.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderReport")]
public sealed record ProviderReport
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required ProviderStatus Status { get; init; }
}

/// <summary>The last reports of the silos.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.BoardView")]
public sealed record BoardView
{
    [Id(0)] public required ImmutableArray<SiloSeen> Silos { get; init; }
}

/// <summary>One silo's last report and its age.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.SiloSeen")]
public sealed record SiloSeen
{
    [Id(0)] public required SiloReport Report { get; init; }
    [Id(1)] public required long AgeMs { get; init; }
}
