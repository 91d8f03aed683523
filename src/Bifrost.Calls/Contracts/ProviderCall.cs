using Bifrost.Calls.Limits;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Edits;

namespace Bifrost.Calls.Contracts;

/// <summary>One try of one request at one provider.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.ProviderCall")]
public sealed record ProviderCall
{
    [Id(0)] public required Guid AttemptId { get; init; }

    /// <summary>The provider's own name of the model.</summary>
    [Id(1)] public required string Model { get; init; }

    [Id(2)] public required bool Stream { get; init; }

    /// <summary>The caller's body, unchanged.</summary>
    [Id(3)] public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What must change in it on the way to this provider.</summary>
    [Id(4)] public required ImmutableArray<Edit> Edits { get; init; }

    /// <summary>Headers that the contract lets through (section 4), names in lower case.</summary>
    [Id(5)] public ImmutableArray<Header> Headers { get; init; } = [];

    /// <summary>Ids of provider keys that this call may use; default (unset) means all.</summary>
    [Id(6)] public ImmutableArray<string> AllowedKeyIds { get; init; }

    /// <summary>Ids of provider keys that already failed for this request (429, 401, 403).</summary>
    [Id(7)] public ImmutableArray<string> ExhaustedKeyIds { get; init; } = [];

    /// <summary>A caller's own provider credential (<c>client.allow_direct_keys</c>); null: a configured key is used.</summary>
    [Id(8)] public string? DirectKey { get; init; }

    /// <summary>What is left of the whole request's time, in milliseconds.</summary>
    [Id(9)] public required long RemainingMs { get; init; }

    /// <summary>The caller's virtual key: slots are shared by key.</summary>
    [Id(10)] public string VirtualKeyId { get; init; } = "";

    /// <summary>
    /// The most output tokens of one choice that the call was admitted with: a dialect that has to name a limit names no higher one. 0: no bound.
    /// </summary>
    [Id(11)] public int OutputTokensMax { get; init; }

    /// <summary>True when the gateway lowered the output limit near the end of a budget.</summary>
    [Id(12)] public bool OutputIsLowered { get; init; }

    /// <summary>What it says of tools and of how much to think.</summary>
    [Id(13)] public ToolEffort ToolEffort { get; init; } = ToolEffort.NoTools;

    /// <summary>Ends the try early. Only meaningful in the process that made it, where the call always stays.</summary>
    [field: NonSerialized] public CancellationToken Abort { get; init; }

    /// <summary>
    /// Ends the try as long as none of its bytes has left for the upstream: the caller is gone, so it need not wait for a free place. What
    /// was sent goes on until <see cref="Abort"/>, since it is billed anyway and its usage is wanted.
    /// </summary>
    [field: NonSerialized] public CancellationToken AbortUnsent { get; init; }

    /// <summary>Told of the try's slot, to free it when the client leaves. Only meaningful in the process that made the call.</summary>
    [field: NonSerialized] public ISlotHolder? Holder { get; init; }

    /// <summary>Where a large answer takes its room. Only meaningful in the process that made the call; null: nothing is counted.</summary>
    [field: NonSerialized] public AnswerRoom? Room { get; init; }

    /// <summary>The try that the grain has to begin. Only meaningful in the process that made the call, where it always stays.</summary>
    [field: NonSerialized] public ProviderTry? Try { get; init; }

    /// <summary>Without the credential and the body.</summary>
    public override string ToString() => $"ProviderCall {AttemptId} {Model}";
}
