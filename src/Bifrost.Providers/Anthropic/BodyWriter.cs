using System.Buffers;
using Bifrost.Chat.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// Writes the request's body. A turn is begun by its first block, so that one without blocks is not written at all; cache breakpoints beyond those
/// that a request may have are left out, the first ones first.
/// </summary>
internal ref struct BodyWriter(IBufferWriter<byte> to, int breakpointsToSkip)
{
    /// <summary>Breakpoints of one request.</summary>
    public const int BreakpointsMax = 4;

    /// <summary>A conversation begins with the user.</summary>
    private static ReadOnlySpan<byte> Opening => """{"role":"user","content":[{"type":"text","text":"Continue."}]}"""u8;

    public JsonSink Json = new(to);
    private int _breakpointsToSkip = breakpointsToSkip;
    private bool _ofAssistant;
    private bool _isOpen;
    private bool _isAssistantOpen;

    /// <summary>Blocks of this side follow.</summary>
    public void Turn(bool ofAssistant) => _ofAssistant = ofAssistant;

    /// <summary>A block of the turn follows. Neighbours of one side are one turn.</summary>
    public void Block()
    {
        if (_isOpen && _isAssistantOpen == _ofAssistant)
        {
            Json.Byte((byte)',');
            return;
        }

        if (_isOpen) Json.Raw("]},"u8);
        else if (_ofAssistant)
        {
            Json.Raw(Opening);
            Json.Byte((byte)',');
        }

        Json.Raw(_ofAssistant ? "{\"role\":\"assistant\",\"content\":["u8 : "{\"role\":\"user\",\"content\":["u8);
        _isOpen = true;
        _isAssistantOpen = _ofAssistant;
    }

    /// <summary>After the last turn: a request has one at least.</summary>
    public void EndTurns() => Json.Raw(_isOpen ? "]}"u8 : Opening);

    /// <summary>Writes a breakpoint as it stands, with a comma before it; nothing where there is none.</summary>
    public void Breakpoint(ReadOnlySpan<byte> cacheControl)
    {
        if (cacheControl.IsEmpty) return;
        if (_breakpointsToSkip > 0)
        {
            _breakpointsToSkip--;
            return;
        }

        Json.Raw(",\"cache_control\":"u8);
        Json.Raw(cacheControl);
    }
}
