using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Errors;

/// <summary>A classified failure of one try. A provider's own error keeps its status, type, code and param (contract section 6).</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderFailure")]
public sealed record ProviderFailure
{
    [Id(0)] public required FailureKind Kind { get; init; }

    /// <summary>Status for the client: the provider's own, or the contract's for failures without one.</summary>
    [Id(1)] public required int Status { get; init; }

    [Id(2)] public required string Type { get; init; }
    [Id(3)] public required string Message { get; init; }
    [Id(4)] public string? Code { get; init; }
    [Id(5)] public string? Param { get; init; }

    /// <summary>True when the provider said it; false when the gateway did.</summary>
    [Id(6)] public bool FromProvider { get; init; }

    /// <summary>The provider's <c>retry-after</c>, in milliseconds.</summary>
    [Id(7)] public long? RetryAfterMs { get; init; }

    /// <summary>
    /// What the provider's error says that it charges for it; null when it says nothing: an error of its own then costs nothing (ledger, rules).
    /// </summary>
    [Id(8)] public TokenUsage? Usage { get; init; }

    /// <summary>
    /// True when somebody between us and the provider answered in its place, so that the provider may have run, and may bill what it never told.
    /// </summary>
    [Id(9)] public bool MayHaveRun { get; init; }
}
