using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What is known of one choice while its answer is written.</summary>
/// <param name="index">Its number.</param>
/// <param name="detailBytesMax">Bytes that are kept of what is to be sent back, and of its text.</param>
internal sealed class ChoiceState(int index, int detailBytesMax)
{
    /// <summary>The highest number of a choice.</summary>
    public const int Most = 63;

    private readonly ArrayBufferWriter<byte> _details = new();
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<int> _partStarts = [];
    private byte[] _continuation = [];
    private int _detailCount;

    public int Index => index;

    /// <summary>Whether something of it was written.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether it holds anything but thinking.</summary>
    public bool HasOutput { get; set; }

    public bool IsFinished { get; set; }

    /// <summary>A call whose arguments still come; null: none.</summary>
    public PartialCall? Open { get; set; }

    /// <summary>Bytes that are kept of what is to be sent back.</summary>
    public int KeptBytesMax => detailBytesMax;

    /// <summary>Calls so far.</summary>
    public int Calls { get; set; }

    /// <summary>The text so far, without quotes; what is longer than the bound is not kept, and has no places.</summary>
    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    public bool IsTextKept { get; private set; } = true;

    /// <summary>A part begins: places in the text are counted from the beginning of theirs.</summary>
    public void Part() => _partStarts.Add(_text.WrittenCount);

    /// <summary>Where a part begins in the text; pieces of a stream are parts of one text.</summary>
    public int PartStart(long part, bool whole) => whole && part >= 0 && part < _partStarts.Count ? _partStarts[(int)part] : 0;

    public void Keep(ReadOnlySpan<byte> text)
    {
        IsTextKept &= _text.WrittenCount + text.Length <= detailBytesMax;
        if (IsTextKept) _text.Write(text);
    }

    /// <summary>A token by which the answer goes on; the newest one holds.</summary>
    public void Continue(ReadOnlySpan<byte> token) => _continuation = token.ToArray();

    /// <summary>Keeps a signature, to be sent back with what it came with.</summary>
    /// <param name="signature">A JSON string.</param>
    /// <param name="callId">The id of the call that it signs, a JSON string; empty: it signs text.</param>
    /// <param name="thought">The thinking that it signs, a JSON string; empty: none.</param>
    /// <param name="model">The model that thought, a JSON string.</param>
    public void Sign(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> callId, ReadOnlySpan<byte> thought, ReadOnlySpan<byte> model)
    {
        if (JsonText.Inner(signature).IsEmpty || _details.WrittenCount + signature.Length + thought.Length > detailBytesMax) return;
        var to = new JsonSink(_details);
        if (_detailCount > 0) to.Byte((byte)',');
        to.Raw(thought.IsEmpty ? "{\"type\":\"reasoning.encrypted\",\"data\":"u8 : "{\"type\":\"reasoning.text\",\"signature\":"u8);
        to.Raw(signature);
        Member(ref to, ",\"text\":"u8, thought);
        Member(ref to, ",\"id\":"u8, callId);
        to.Raw(",\"format\":\""u8);
        to.Raw(SignatureBook.Format);
        to.Byte((byte)'"');
        Member(ref to, ",\"model\":"u8, model);
        to.Raw(",\"index\":"u8);
        to.Number(_detailCount++);
        to.Byte((byte)'}');
        to.Flush();
    }

    /// <summary>The member <c>reasoning_details</c>; nothing where nothing is to be sent back.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="any">Whether a comma comes first.</param>
    /// <param name="continues">Whether the answer goes on by its token.</param>
    public void WriteDetails(ref JsonSink to, ref bool any, bool continues)
    {
        var goesOn = continues && _continuation.Length > 0;
        if (_detailCount == 0 && !goesOn) return;
        to.Raw(any ? ",\"reasoning_details\":["u8 : "\"reasoning_details\":["u8);
        any = true;
        to.Raw(_details.WrittenSpan);
        if (goesOn)
        {
            to.Raw(_detailCount > 0 ? ",{\"type\":\"reasoning.encrypted\",\""u8 : "{\"type\":\"reasoning.encrypted\",\""u8);
            to.Raw(SignatureBook.ContinuationName);
            to.Raw("\":"u8);
            to.Raw(_continuation);
            to.Raw(",\"format\":\""u8);
            to.Raw(SignatureBook.ContinuationFormat);
            to.Raw("\",\"index\":"u8);
            to.Number(_detailCount);
            to.Byte((byte)'}');
        }

        to.Byte((byte)']');
    }

    private static void Member(ref JsonSink to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        to.Raw(name);
        to.Raw(value);
    }
}
