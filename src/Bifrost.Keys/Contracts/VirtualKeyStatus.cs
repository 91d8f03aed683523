namespace Bifrost.Keys.Contracts;

/// <summary>A virtual key's live numbers on its activation.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.VirtualKeyStatus")]
public sealed record VirtualKeyStatus
{
    [Id(0)] public required int CallsInFlight { get; init; }
    [Id(1)] public RateLimitView? RateLimits { get; init; }
}
