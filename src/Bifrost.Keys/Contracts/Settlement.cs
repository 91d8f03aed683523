using Bifrost.Chat.Usage;

namespace Bifrost.Keys.Contracts;

/// <summary>How a try ended and what it cost. Cost 0 gives the hold back.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.Settlement")]
public sealed record Settlement
{
    [Id(0)] public required Ticket Ticket { get; init; }
    [Id(1)] public required AttemptOutcome Outcome { get; init; }
    [Id(2)] public required string Provider { get; init; }
    [Id(3)] public required string Model { get; init; }
    [Id(4)] public TokenUsage Usage { get; init; }

    /// <summary>Nano-dollars, rounded half-up once.</summary>
    [Id(5)] public long CostNanos { get; init; }

    /// <summary>
    /// True when a part of <see cref="Usage"/> is not what the provider told, but derived from what it delivered, from the time or from the bound.
    /// </summary>
    [Id(6)] public bool Estimated { get; init; }

    /// <summary>True when the model has no price: the cost is booked as 0 because it is unknown.</summary>
    [Id(7)] public bool Unpriced { get; init; }

    /// <summary>HTTP status of the upstream's answer; 0 when there was none.</summary>
    [Id(8)] public int Status { get; init; }

    [Id(9)] public long LatencyMs { get; init; }
    [Id(10)] public required string RequestId { get; init; }
    [Id(11)] public string? JobId { get; init; }

    /// <summary>Bytes of the prompt, from which the key learns bytes per token of the model; 0 teaches nothing.</summary>
    [Id(12)] public int PromptBytes { get; init; }

    /// <summary>True when the provider told more tokens than <see cref="Ticket.Bound"/>: what that rests on does not hold for the model.</summary>
    [Id(13)] public bool AboveBound { get; init; }

    /// <summary>What the provider says that it cost, in nano-dollars, booked or not; null where it does not say.</summary>
    [Id(14)] public long? ReportedNanos { get; init; }
}
