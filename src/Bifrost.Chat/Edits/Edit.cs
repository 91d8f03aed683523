namespace Bifrost.Chat.Edits;

/// <summary>
/// One change to a body that is copied, never parsed into a tree: at <see cref="Offset"/>, <see cref="Length"/> bytes give way to
/// <see cref="Bytes"/>. The edits of a list are ordered by offset and do not overlap.
/// </summary>
[GenerateSerializer, Immutable, Alias("bifrost.Edit")]
public readonly record struct Edit
{
    public Edit(int offset, int length, ReadOnlyMemory<byte> bytes) => (Offset, Length, Bytes) = (offset, length, bytes);

    [Id(0)] public int Offset { get; init; }

    /// <summary>Bytes of the original that are dropped; 0 inserts.</summary>
    [Id(1)] public int Length { get; init; }

    /// <summary>What stands there instead; empty deletes.</summary>
    [Id(2)] public ReadOnlyMemory<byte> Bytes { get; init; }
}
