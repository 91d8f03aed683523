namespace Bifrost.Catalog.Editing;

/// <summary>
/// Drains and enables one provider (grain key: its name) for clients outside of the cluster, which have no catalog of their own. Whoever reaches the
/// cluster's gateways may ask: they open to the cluster's certificate alone, or listen on loopback.
/// </summary>
[Alias("bifrost.IProviderSwitchGrain")]
public interface IProviderSwitchGrain : IGrainWithStringKey
{
    /// <summary>Answers when every live silo works by the change, or with a refusal. Repeating it changes nothing.</summary>
    [Alias("Turn"), ResponseTimeout("00:01:00")]
    Task<ProviderSwitched> Turn(ProviderTurn turn);
}

/// <summary>A change of one provider's state.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderTurn")]
public sealed record ProviderTurn
{
    /// <summary>UUIDv7 of the audit entry, made by the caller: a repetition adds none.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>False: enable it again.</summary>
    [Id(1)] public required bool Drain { get; init; }

    /// <summary>Who asks, by the client's own word.</summary>
    [Id(2)] public required string By { get; init; }
}

/// <summary>What became of a <see cref="ProviderTurn"/>.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderSwitched")]
public sealed record ProviderSwitched
{
    /// <summary>Why not; null: done.</summary>
    [Id(0)] public string? Refusal { get; init; }

    /// <summary>False: whether it was done is not known, and repeating it is safe.</summary>
    [Id(1)] public bool IsKnown { get; init; } = true;
}
