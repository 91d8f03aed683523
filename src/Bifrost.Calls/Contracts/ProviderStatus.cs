using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Contracts;

/// <summary>One provider as one silo sees it.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderStatus")]
public sealed record ProviderStatus
{
    [Id(0)] public required int CallsRunning { get; init; }
    [Id(1)] public required int CallsWaiting { get; init; }

    /// <summary>The circuit of the provider itself, under an empty id, and those of its configured keys.</summary>
    [Id(2)] public required ImmutableArray<KeyCircuit> Keys { get; init; }

    /// <summary>The last minute; null from a silo of an older build.</summary>
    [Id(3)] public ProviderFigures? Figures { get; init; }

    /// <summary>The last minute of the models with the most tries, at most <see cref="ModelsMax"/>; null from a silo of an older build.</summary>
    [Id(4)] public ImmutableArray<ModelReport>? Models { get; init; }

    /// <summary>Bound on the models of one provider.</summary>
    public const int ModelsMax = 8;
}

/// <summary>The circuit of one provider key: closed, open or half-open.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.KeyCircuit")]
public sealed record KeyCircuit
{
    [Id(0)] public required string KeyId { get; init; }
    [Id(1)] public required CircuitState State { get; init; }

    /// <summary>Until the next probe may be made; 0 unless the circuit is open.</summary>
    [Id(2)] public long ProbeInMs { get; init; }

    /// <summary>What opened it last; null while it is closed.</summary>
    [Id(3)] public FailureKind? Cause { get; init; }

    /// <summary>How long ago the provider last answered 429; null: never on this silo.</summary>
    [Id(4)] public long? RateLimitedAgoMs { get; init; }

    /// <summary>The Retry-After of that answer; null: it had none.</summary>
    [Id(5)] public long? RetryAfterMs { get; init; }
}

/// <summary>State of a circuit breaker.</summary>
public enum CircuitState
{
    Closed,
    Open,
    HalfOpen,
}
