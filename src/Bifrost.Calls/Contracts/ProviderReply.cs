using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Contracts;

/// <summary>
/// The answer of one try. On success <see cref="Body"/> is set and belongs to the receiver, which disposes it; otherwise
/// <see cref="Failure"/> is set.
/// </summary>
public sealed record ProviderReply
{
    public ProviderFailure? Failure { get; init; }

    /// <summary>HTTP status of the upstream; 0 when none came.</summary>
    public int Status { get; init; }

    /// <summary>Id of the provider key that was used; empty when none was needed.</summary>
    public string KeyId { get; init; } = "";

    /// <summary>The upstream's <c>openai-processing-ms</c>, as it came.</summary>
    public string? ProcessingMs { get; init; }

    /// <summary>True when the request's bytes had left for the upstream: then the try may cost money whatever came back.</summary>
    public bool Sent { get; init; }

    public ReplyBody? Body { get; init; }

    /// <summary>Parameters of the request that were left out (<see cref="Bifrost.Catalog.Model.Provider.DropsUnsupported"/>).</summary>
    public ImmutableArray<string> Dropped { get; init; } = [];

    /// <summary>Under which name the model was called, where the provider key has one of its own for it; null: the model's.</summary>
    public string? Deployment { get; init; }

    /// <summary>The body that went upstream, where a dialect wrote one of its own; empty: it was the caller's with its edits.</summary>
    public ReadOnlyMemory<byte> SentBody { get; init; }
}
