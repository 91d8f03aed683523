using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Contracts;

/// <summary>
/// What came of one provider's tries on one silo in the last minute. Latency is from the slot to the whole body, a stream's first event, or the
/// failure, rounded up by at most an eighth; null where nothing was answered.
/// </summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderFigures")]
public sealed record ProviderFigures
{
    /// <summary>Length of the window: 50 to 60 seconds, less right after the start.</summary>
    [Id(0)] public required long WindowMs { get; init; }

    /// <summary>Tries that had a slot and were answered, failed, or were left by their caller.</summary>
    [Id(1)] public required int Calls { get; init; }

    /// <summary>Those that failed, streams that broke later among them.</summary>
    [Id(2)] public required int Failures { get; init; }

    [Id(3)] public long? LatencyP50Ms { get; init; }
    [Id(4)] public long? LatencyP95Ms { get; init; }
    [Id(5)] public long? LatencyP99Ms { get; init; }

    /// <summary>What went wrong, tries among it that were refused without a slot and are not counted in <see cref="Calls"/>.</summary>
    [Id(6)] public required ImmutableArray<FailureCount> Errors { get; init; }
}

/// <summary>How often one thing went wrong.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.FailureCount")]
public sealed record FailureCount
{
    [Id(0)] public required FailureKind Kind { get; init; }
    [Id(1)] public required int Count { get; init; }
}

/// <summary>One model of a provider on one silo.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ModelReport")]
public sealed record ModelReport
{
    /// <summary>The provider's name of the model; empty: all that have no figures of their own.</summary>
    [Id(0)] public required string Model { get; init; }

    [Id(1)] public required ProviderFigures Figures { get; init; }
}
