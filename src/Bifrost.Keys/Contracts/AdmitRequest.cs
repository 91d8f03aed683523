using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;

namespace Bifrost.Keys.Contracts;

/// <summary>One try that asks to be admitted.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.AdmitRequest")]
public sealed record AdmitRequest
{
    /// <summary>UUIDv7, new for every try; the id of its ledger entry and its <c>x-client-request-id</c> upstream.</summary>
    [Id(0)] public required Guid AttemptId { get; init; }

    /// <summary>SHA-256 of the secret the caller showed; empty when the caller has no virtual key.</summary>
    [Id(1)] public ReadOnlyMemory<byte> SecretHash { get; init; }

    [Id(2)] public required string Provider { get; init; }

    /// <summary>The provider's name of the model, without the provider prefix.</summary>
    [Id(3)] public required string Model { get; init; }

    /// <summary>The request's own output limit in tokens; 0 when it names none.</summary>
    [Id(5)] public int OutputTokensMax { get; init; }

    /// <summary>How many choices are asked for (<c>n</c>).</summary>
    [Id(6)] public int Choices { get; init; } = 1;

    /// <summary>What the request sends.</summary>
    [Id(7)] public required RequestContent Content { get; init; }

    /// <summary>What was counted of it because an earlier reply asked for it (<see cref="AdmitReply.CountWith"/>); null: nothing was.</summary>
    [Id(8)] public CountedTokens? Counted { get; init; }

    /// <summary>Whether the caller can count the prompt's tokens when asked.</summary>
    [Id(9)] public bool MayCount { get; init; }

    /// <summary>The caller's own word on lowering its output limit (<c>x-bf-clamp</c>); null: the settings' holds.</summary>
    [Id(10)] public ClampRule? Clamp { get; init; }
}
