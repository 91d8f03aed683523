namespace Bifrost.Keys.Contracts;

/// <summary>The tightest request and token window of a key, for the <c>x-ratelimit-*</c> headers. A limit of null means none.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.RateLimitView")]
public sealed record RateLimitView
{
    [Id(0)] public long? LimitRequests { get; init; }
    [Id(1)] public long RemainingRequests { get; init; }
    [Id(2)] public long ResetRequestsMs { get; init; }
    [Id(3)] public long? LimitTokens { get; init; }
    [Id(4)] public long RemainingTokens { get; init; }
    [Id(5)] public long ResetTokensMs { get; init; }
}
