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

    /// <summary>The most prompt and output tokens that the hold covers: all choices, thinking and prediction included.</summary>
    [Id(9)] public TokenUsage Bound { get; init; }

    /// <summary>The output limit of one choice, in tokens, that has to go upstream; 0: the request's own stands.</summary>
    [Id(10)] public int OutputTokensSent { get; init; }

    /// <summary>True when <see cref="OutputTokensSent"/> is lower than what the caller asked for, for the sake of a budget.</summary>
    [Id(11)] public bool Clamped { get; init; }

    /// <summary>The service tier that has to go upstream; null: the request's own stands.</summary>
    [Id(12)] public string? ServiceTier { get; init; }

    /// <summary>How many choices the hold rests on.</summary>
    [Id(13)] public int Choices { get; init; } = 1;

    /// <summary>The most that the call can cost, in nano-dollars; 0: not known, because no budget asked for it.</summary>
    [Id(14)] public long BoundNanos { get; init; }

    /// <summary>What the model's bound was multiplied by when it was held, in thousandths.</summary>
    [Id(15)] public int BoundThousandths { get; init; } = 1_000;
}
