namespace Bifrost.Calls.Contracts;

/// <summary>One provider as one silo sees it.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderStatus")]
public sealed record ProviderStatus
{
    [Id(0)] public required int CallsRunning { get; init; }
    [Id(1)] public required int CallsWaiting { get; init; }
    [Id(2)] public required ImmutableArray<KeyCircuit> Keys { get; init; }
}

/// <summary>The circuit of one provider key: closed, open or half-open.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.KeyCircuit")]
public sealed record KeyCircuit
{
    [Id(0)] public required string KeyId { get; init; }
    [Id(1)] public required CircuitState State { get; init; }
}

/// <summary>State of a circuit breaker.</summary>
public enum CircuitState
{
    Closed,
    Open,
    HalfOpen,
}
