using Bifrost.Chat.Usage;

namespace Bifrost.Keys.Contracts;

/// <summary>What an admitted try holds. Handed back whole at settlement, so that any activation can settle it.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.Ticket")]
public sealed record Ticket
{
    [Id(0)] public required Guid AttemptId { get; init; }
    [Id(1)] public required string VirtualKeyId { get; init; }

    /// <summary>The credit lease that pays; empty when no budget binds the try.</summary>
    [Id(2)] public Guid LeaseId { get; init; }

    /// <summary>Credit held, in nano-dollars.</summary>
    [Id(3)] public long HoldNanos { get; init; }

    /// <summary>Tokens held in the token windows.</summary>
    [Id(4)] public long HeldTokens { get; init; }

    /// <summary>The estimate behind the hold; booked when the provider reports nothing.</summary>
    [Id(5)] public TokenUsage Estimate { get; init; }

    /// <summary>The output limit that the hold rests on, in tokens.</summary>
    [Id(6)] public int OutputTokensMax { get; init; }

    [Id(7)] public string? TeamId { get; init; }
    [Id(8)] public string? CustomerId { get; init; }
}
