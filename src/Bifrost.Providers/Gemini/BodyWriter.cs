using System.Buffers;
using Bifrost.Chat.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Whose turn it is. Results of tools have one of their own, right behind the calls that they answer.</summary>
internal enum Turn
{
    None,
    User,
    Results,
    Model,
}

/// <summary>Writes the request's body. A turn is begun by its first part, so that one without parts is not written at all.</summary>
internal ref struct BodyWriter(IBufferWriter<byte> to)
{
    /// <summary>A conversation begins with the user.</summary>
    private static ReadOnlySpan<byte> Opening => """{"role":"user","parts":[{"text":"Continue."}]}"""u8;

    public JsonSink Json = new(to);
    private Turn _turn;
    private Turn _open;

    /// <summary>Parts of this side follow.</summary>
    public void Begin(Turn turn) => _turn = turn;

    /// <summary>A part of the turn follows. Neighbours of one side are one turn.</summary>
    public void Part()
    {
        if (_open == _turn)
        {
            Json.Byte((byte)',');
            return;
        }

        if (_open != Turn.None) Json.Raw("]},"u8);
        else if (_turn == Turn.Model)
        {
            Json.Raw(Opening);
            Json.Byte((byte)',');
        }

        Json.Raw(_turn == Turn.Model ? "{\"role\":\"model\",\"parts\":["u8 : "{\"role\":\"user\",\"parts\":["u8);
        _open = _turn;
    }

    /// <summary>After the last turn: a request has one at least.</summary>
    public void EndTurns() => Json.Raw(_open == Turn.None ? Opening : "]}"u8);

    /// <summary>Writes a member of an object, up to its value.</summary>
    /// <param name="any">Whether the object has members already; then a comma comes first.</param>
    /// <param name="name">Its name.</param>
    public void Member(ref bool any, ReadOnlySpan<byte> name)
    {
        Json.Raw(any ? ",\""u8 : "\""u8);
        any = true;
        Json.Raw(name);
        Json.Raw("\":"u8);
    }
}
