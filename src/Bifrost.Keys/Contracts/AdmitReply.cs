using Bifrost.Chat.Errors;

namespace Bifrost.Keys.Contracts;

/// <summary>A <see cref="Ticket"/>, a <see cref="Refusal"/> or <see cref="CountWith"/>; exactly one is set.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.AdmitReply")]
public sealed record AdmitReply
{
    [Id(0)] public Ticket? Ticket { get; init; }
    [Id(1)] public Refusal? Refusal { get; init; }

    /// <summary>The tightest windows, for the <c>x-ratelimit-*</c> headers; null when the key has none.</summary>
    [Id(2)] public RateLimitView? RateLimits { get; init; }

    /// <summary>
    /// Nothing was decided: near a limit the bound is worked out from tokens, not bytes. The caller counts them with the tokenizer of this
    /// name and asks again.
    /// </summary>
    [Id(3)] public string? CountWith { get; init; }

    /// <summary>The activation ends, and the refusal says no more than that: the caller asks again, for a new attempt.</summary>
    [Id(4)] public bool IsLeaving { get; init; }
}
