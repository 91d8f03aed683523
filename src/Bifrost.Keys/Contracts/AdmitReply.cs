using Bifrost.Chat.Errors;

namespace Bifrost.Keys.Contracts;

/// <summary>Either a <see cref="Ticket"/> or a <see cref="Refusal"/>; exactly one is set.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.AdmitReply")]
public sealed record AdmitReply
{
    [Id(0)] public Ticket? Ticket { get; init; }
    [Id(1)] public Refusal? Refusal { get; init; }

    /// <summary>The tightest windows, for the <c>x-ratelimit-*</c> headers; null when the key has none.</summary>
    [Id(2)] public RateLimitView? RateLimits { get; init; }
}
