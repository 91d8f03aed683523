namespace Bifrost.Keys.Contracts;

/// <summary>Asks for a part of an account's windows.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.SliceRequest")]
public sealed record SliceRequest
{
    /// <summary>UUIDv7, made by the holder for this request.</summary>
    [Id(0)] public required Guid SliceId { get; init; }

    /// <summary>Grain key of the holder.</summary>
    [Id(1)] public required string Holder { get; init; }

    /// <summary>Requests without which the slice is no use.</summary>
    [Id(2)] public required long RequestsNeed { get; init; }

    /// <summary>Requests that the holder can use soon, the needed ones among them.</summary>
    [Id(3)] public required long RequestsWant { get; init; }

    /// <summary>Tokens without which the slice is no use.</summary>
    [Id(4)] public required long TokensNeed { get; init; }

    /// <summary>Tokens that the holder can use soon, the needed ones among them.</summary>
    [Id(5)] public required long TokensWant { get; init; }

    /// <summary>Slices that the holder spends no more; taken back before anything is handed out.</summary>
    [Id(6)] public ImmutableArray<SliceReport> Reports { get; init; } = [];
}
