using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Errors;

/// <summary>A classified failure of one try. A provider's own error keeps its status, type, code and param (contract section 6).</summary>
public sealed record ProviderFailure
{
    public required FailureKind Kind { get; init; }

    /// <summary>Status for the client: the provider's own, or the contract's for failures without one.</summary>
    public required int Status { get; init; }

    public required string Type { get; init; }
    public required string Message { get; init; }
    public string? Code { get; init; }
    public string? Param { get; init; }

    /// <summary>True when the provider said it; false when the gateway did.</summary>
    public bool FromProvider { get; init; }

    /// <summary>The provider's <c>retry-after</c>, in milliseconds.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>
    /// What the provider's error says that it charges for it; null when it says nothing: an error of its own then costs nothing (ledger, rules).
    /// </summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>
    /// True when somebody between us and the provider answered in its place, so that the provider may have run, and may bill what it never told.
    /// </summary>
    public bool MayHaveRun { get; init; }
}
