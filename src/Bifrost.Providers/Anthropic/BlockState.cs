using System.Buffers;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>What the open block of a stream holds.</summary>
internal enum BlockKind
{
    Other,
    Text,
    Thinking,
    Redacted,
    Call,
}

/// <summary>The block of a stream that is open: blocks follow one another.</summary>
internal sealed class BlockState
{
    /// <summary>Citations of one block; those beyond it are left out.</summary>
    private const int CitationsMax = 256;

    private readonly ArrayBufferWriter<byte> _text = new();
    private List<byte[]>? _citations;
    private byte[] _signature = [];

    public BlockKind Kind { get; set; }

    /// <summary>Of a call: whether a piece of its arguments came.</summary>
    public bool HasArguments { get; set; }

    /// <summary>Whether all of its thinking was kept.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Characters of the answer before the block.</summary>
    public int StartCharacter { get; private set; }

    public ReadOnlySpan<byte> Text => _text.WrittenSpan;
    public ReadOnlySpan<byte> Signature => _signature;
    public bool HasCitations => _citations is { Count: > 0 };
    public IReadOnlyList<byte[]> Citations => _citations ?? [];

    public void Start(ReadOnlySpan<byte> block, int character)
    {
        Kind = KindOf(JsonMembers.Find(block, "type"u8));
        StartCharacter = character;
        HasArguments = false;
        IsKept = true;
        _text.ResetWrittenCount();
        _citations?.Clear();
        _signature = [];
        if (Kind != BlockKind.Text) return;
        var citations = new JsonItems(JsonMembers.Find(block, "citations"u8));
        while (citations.Next()) Cite(citations.Value);
    }

    /// <summary>Keeps thinking, up to the bound.</summary>
    public void Think(ReadOnlySpan<byte> text, int bytesMax)
    {
        IsKept &= _text.WrittenCount + text.Length <= bytesMax;
        if (IsKept) _text.Write(text);
    }

    public void Sign(ReadOnlySpan<byte> signature)
    {
        if (!signature.IsEmpty) _signature = signature.ToArray();
    }

    public void Cite(ReadOnlySpan<byte> citation)
    {
        if (JsonText.IsObject(citation) && (_citations ??= []).Count < CitationsMax) _citations.Add(citation.ToArray());
    }

    private static BlockKind KindOf(ReadOnlySpan<byte> type) =>
        JsonText.Is(type, "text"u8) ? BlockKind.Text
        : JsonText.Is(type, "thinking"u8) ? BlockKind.Thinking
        : JsonText.Is(type, "tool_use"u8) ? BlockKind.Call
        : JsonText.Is(type, "redacted_thinking"u8) ? BlockKind.Redacted
        : BlockKind.Other;
}
