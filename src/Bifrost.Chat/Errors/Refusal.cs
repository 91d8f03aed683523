namespace Bifrost.Chat.Errors;

/// <summary>Why a try was not admitted, with the numbers behind it (contract section 6).</summary>
[GenerateSerializer, Immutable, Alias("bifrost.Refusal")]
public sealed record Refusal
{
    [Id(0)] public required RefusalReason Reason { get; init; }

    /// <summary>A sentence for the caller: level, limit, posted, held, reset, and what would fit.</summary>
    [Id(1)] public required string Message { get; init; }

    /// <summary>When a repetition can help, in milliseconds; null when it cannot.</summary>
    [Id(2)] public long? RetryAfterMs { get; init; }

    /// <summary>Whose limit it was; metrics count by it.</summary>
    [Id(3)] public RefusalLevel Level { get; init; }
}
