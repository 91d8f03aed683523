namespace Bifrost.Chat.Envelope;

/// <summary>
/// What one request sends, counted for the bound on its cost (docs/promises.md). Every byte of the body is counted in exactly one of
/// <see cref="TextBytes"/>, <see cref="SchemaBytes"/> and the bytes of inline images, whose number is <see cref="Images"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("bifrost.RequestContent")]
public sealed record RequestContent
{
    public static readonly RequestContent Empty = new();

    /// <summary>Bytes of everything that is not counted otherwise, names and punctuation included.</summary>
    [Id(0)] public int TextBytes { get; init; }

    /// <summary>Bytes of tools, functions, response formats and tool calls, which providers write anew in a form of their own.</summary>
    [Id(1)] public int SchemaBytes { get; init; }

    /// <summary>How deep the deepest of those is nested.</summary>
    [Id(2)] public int SchemaDepth { get; init; }

    /// <summary>Bytes inside the strings of the body: what is worth learning tokens per byte from.</summary>
    [Id(3)] public int StringBytes { get; init; }

    [Id(4)] public int Messages { get; init; }
    [Id(5)] public int Tools { get; init; }
    [Id(6)] public int Images { get; init; }

    /// <summary>Parts whose size the body does not tell: files, audio, video, stored content by its id.</summary>
    [Id(7)] public int UnsizedParts { get; init; }

    /// <summary>Bytes of <c>prediction</c>: what of it is rejected is billed as output.</summary>
    [Id(8)] public int PredictionBytes { get; init; }

    /// <summary>The thinking budget that the request names, in tokens; 0 when it names none.</summary>
    [Id(9)] public int ThinkingTokens { get; init; }

    /// <summary><c>service_tier</c>, as it stands; null when the request names none.</summary>
    [Id(10)] public string? ServiceTier { get; init; }

    /// <summary>
    /// Names of fields that may change the price: top-level ones outside of the contract's table, unknown ones of messages and of parts as
    /// <c>messages.NAME</c> and <c>content.NAME</c>, and tools that are no functions as <c>tools.TYPE</c>; admission adds the caller's own headers
    /// as <c>headers.NAME</c>. Distinct, ordered, at most
    /// <see cref="OtherFieldsMax"/>; beyond it the last one is <c>…</c>.
    /// </summary>
    [Id(11)] public ImmutableArray<string> OtherFields { get; init; } = [];

    /// <summary>True when the request asks the model to think: its output may be more than it shows.</summary>
    [Id(12)] public bool AsksToThink { get; init; }

    /// <summary>True when the request asks the model not to think.</summary>
    [Id(13)] public bool AsksNotToThink { get; init; }

    /// <summary>The most names of <see cref="OtherFields"/>.</summary>
    public const int OtherFieldsMax = 32;
}
