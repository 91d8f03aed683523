using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Splice;

/// <summary>The <c>extra_fields</c> of an answer or a chunk (contract section 4). What is null or empty is left out.</summary>
public readonly record struct ExtraFields
{
    /// <summary>One of <see cref="RequestTypes"/>.</summary>
    public required string RequestType { get; init; }

    public string? Provider { get; init; }

    /// <summary>The model as the caller named it.</summary>
    public string? ModelRequested { get; init; }

    /// <summary>The model as the provider was asked for it.</summary>
    public string? ModelDeployment { get; init; }

    /// <summary>Of the whole call; in a stream since the chunk before.</summary>
    public long LatencyMs { get; init; }

    /// <summary>From 0; null for a plain answer.</summary>
    public int? ChunkIndex { get; init; }

    /// <summary>Parameters of the request that were left out because the provider has no equivalent; empty: none.</summary>
    public ImmutableArray<string> DroppedParams { get; init; }

    /// <summary>The body that went upstream; written only when it is valid JSON.</summary>
    public ReadOnlyMemory<byte> RawRequest { get; init; }

    /// <summary>What the provider answered; written only when it is valid JSON.</summary>
    public ReadOnlyMemory<byte> RawResponse { get; init; }
}
