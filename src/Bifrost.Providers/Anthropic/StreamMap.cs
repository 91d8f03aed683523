using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>What an event of the stream is.</summary>
internal enum StreamStep
{
    /// <summary>Nothing for the client: a ping, the end of a block, something that is not known.</summary>
    Nothing,

    /// <summary>A chunk was written.</summary>
    Chunk,

    /// <summary>The answer is whole.</summary>
    Done,

    /// <summary>The provider tells of an error.</summary>
    Error,

    /// <summary>The end came without a reason for it.</summary>
    Unfinished,

    /// <summary>A whole message, where an event was due.</summary>
    Whole,
}

/// <summary>
/// Writes the events of a stream as chunks, one at most for an event. Calls are counted among themselves, not among the blocks. Thinking goes out as it
/// comes; the entries to send back come once, whole, with the end of the answer, since clients join pieces of them in different ways.
/// </summary>
/// <param name="created">Unix seconds of every chunk.</param>
/// <param name="detailBytesMax">Bytes of thinking that are kept to be sent back.</param>
internal sealed class StreamMap(long created, int detailBytesMax)
{
    private readonly ArrayBufferWriter<byte> _chunk = new(512);
    private readonly BlockState _block = new();
    private readonly ArrayBufferWriter<byte> _details = new();
    private byte[] _head = HeadOf("\"\""u8, "\"\""u8, created);
    private byte[] _model = [];
    private UsageMap _usage;
    private int _calls;
    private int _detailCount;
    private int _characters;
    private bool _isFinished;

    /// <summary>The last chunk, valid until the next event.</summary>
    public ReadOnlyMemory<byte> Chunk => _chunk.WrittenMemory;

    /// <summary>Takes an event's data, one JSON object.</summary>
    public StreamStep Map(ReadOnlySpan<byte> json)
    {
        _chunk.ResetWrittenCount();
        ReadOnlySpan<byte> type = default, message = default, block = default, delta = default, usage = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("type"u8)) type = members.Value;
            else if (members.Is("delta"u8)) delta = members.Value;
            else if (members.Is("content_block"u8)) block = members.Value;
            else if (members.Is("message"u8)) message = members.Value;
            else if (members.Is("usage"u8)) usage = members.Value;
        }

        if (JsonText.Is(type, "content_block_delta"u8)) return Delta(delta);
        if (JsonText.Is(type, "content_block_start"u8)) return BlockStart(block);
        if (JsonText.Is(type, "content_block_stop"u8)) return BlockStop();
        if (JsonText.Is(type, "message_start"u8)) return Start(message);
        if (JsonText.Is(type, "message_delta"u8)) return End(delta, usage);
        if (JsonText.Is(type, "message_stop"u8)) return _isFinished ? StreamStep.Done : StreamStep.Unfinished;
        if (JsonText.Is(type, "error"u8)) return StreamStep.Error;
        return JsonText.Is(type, "message"u8) ? StreamStep.Whole : StreamStep.Nothing;
    }

    private StreamStep Start(ReadOnlySpan<byte> message)
    {
        var id = JsonMembers.Find(message, "id"u8);
        var model = JsonMembers.Find(message, "model"u8);
        if (JsonText.IsText(model)) _model = model.ToArray();
        _head = HeadOf(JsonText.IsText(id) ? id : "\"\""u8, JsonText.IsText(model) ? model : "\"\""u8, created);
        _usage.Add(JsonMembers.Find(message, "usage"u8));

        var to = Begin();
        to.Raw("\"role\":\"assistant\",\"content\":\""u8);
        var content = JsonMembers.Find(message, "content"u8);
        var blocks = new JsonItems(content);
        while (blocks.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(blocks.Value, "type"u8), "text"u8)) continue;
            var text = JsonText.Inner(JsonMembers.Find(blocks.Value, "text"u8));
            _characters += JsonText.Characters(text);
            to.Raw(text);
        }

        to.Byte((byte)'"');
        var any = false;
        blocks = new JsonItems(content);
        while (blocks.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(blocks.Value, "type"u8), "tool_use"u8)) continue;
            to.Raw(any ? ","u8 : ",\"tool_calls\":["u8);
            any = true;
            AnswerMap.WriteCall(ref to, blocks.Value, _calls++, hasArguments: true);
        }

        if (any) to.Byte((byte)']');
        to.Raw("},\"finish_reason\":null}]"u8);
        _usage.Write(ref to);
        return Finish(ref to);
    }

    private StreamStep BlockStart(ReadOnlySpan<byte> block)
    {
        _block.Start(block, _characters);
        switch (_block.Kind)
        {
            case BlockKind.Call:
                var hasArguments = !JsonText.IsNothing(JsonMembers.Find(block, "input"u8));
                _block.HasArguments = hasArguments;
                var to = Begin();
                to.Raw("\"tool_calls\":["u8);
                AnswerMap.WriteCall(ref to, block, _calls++, hasArguments);
                to.Byte((byte)']');
                return EndDelta(ref to);
            case BlockKind.Text:
                return Content(JsonText.Inner(JsonMembers.Find(block, "text"u8)));
            case BlockKind.Thinking:
                _block.Sign(JsonText.Inner(JsonMembers.Find(block, "signature"u8)));
                return Thinking(JsonText.Inner(JsonMembers.Find(block, "thinking"u8)));
            case BlockKind.Redacted:
                AddDetail(JsonText.Inner(JsonMembers.Find(block, "data"u8)), default, isText: false);
                return StreamStep.Nothing;
            default:
                return SearchResults(block);
        }
    }

    private StreamStep Delta(ReadOnlySpan<byte> delta)
    {
        ReadOnlySpan<byte> type = default, value = default;
        var members = new JsonMembers(delta);
        while (members.Next())
        {
            if (members.Is("type"u8)) type = members.Value;
            else value = members.Value;
        }

        if (JsonText.Is(type, "text_delta"u8)) return Content(JsonText.Inner(value));
        if (JsonText.Is(type, "input_json_delta"u8)) return Arguments(JsonText.Inner(value));
        if (JsonText.Is(type, "thinking_delta"u8)) return Thinking(JsonText.Inner(JsonMembers.Find(delta, "thinking"u8)));
        if (JsonText.Is(type, "signature_delta"u8)) _block.Sign(JsonText.Inner(value));
        else if (JsonText.Is(type, "citations_delta"u8)) _block.Cite(value);
        return StreamStep.Nothing;
    }

    private StreamStep Content(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return StreamStep.Nothing;
        _characters += JsonText.Characters(text);
        var to = Begin();
        to.Raw("\"content\":\""u8);
        to.Raw(text);
        to.Byte((byte)'"');
        return EndDelta(ref to);
    }

    private StreamStep Thinking(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return StreamStep.Nothing;
        _block.Think(text, detailBytesMax);
        var to = Begin();
        to.Raw("\"reasoning\":\""u8);
        to.Raw(text);
        to.Byte((byte)'"');
        return EndDelta(ref to);
    }

    private StreamStep Arguments(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty || _block.Kind != BlockKind.Call) return StreamStep.Nothing;
        _block.HasArguments = true;
        return CallPiece(piece);
    }

    private StreamStep CallPiece(ReadOnlySpan<byte> piece)
    {
        var to = Begin();
        to.Raw("\"tool_calls\":[{\"index\":"u8);
        to.Number(_calls - 1);
        to.Raw(",\"function\":{\"arguments\":\""u8);
        to.Raw(piece);
        to.Raw("\"}}]"u8);
        return EndDelta(ref to);
    }

    private StreamStep BlockStop()
    {
        var kind = _block.Kind;
        _block.Kind = BlockKind.Other;
        switch (kind)
        {
            case BlockKind.Call when !_block.HasArguments:
                return CallPiece("{}"u8);
            case BlockKind.Thinking when _block.IsKept:
                AddDetail(_block.Text, _block.Signature, isText: true);
                return StreamStep.Nothing;
            case BlockKind.Text when _block.HasCitations:
                return Citations();
            default:
                return StreamStep.Nothing;
        }
    }

    private StreamStep Citations()
    {
        var to = Begin();
        var any = false;
        foreach (var ofWeb in (ReadOnlySpan<bool>)[true, false])
        {
            var has = false;
            foreach (var citation in _block.Citations)
            {
                if (CitationMap.IsWeb(citation) != ofWeb) continue;
                if (has) to.Byte((byte)',');
                else
                {
                    if (any) to.Byte((byte)',');
                    to.Raw(ofWeb ? "\"annotations\":["u8 : "\"citations\":["u8);
                }

                has = any = true;
                if (ofWeb) CitationMap.WriteAnnotation(ref to, citation, _block.StartCharacter, _characters);
                else to.Raw(citation);
            }

            if (has) to.Byte((byte)']');
        }

        return EndDelta(ref to);
    }

    private StreamStep SearchResults(ReadOnlySpan<byte> block)
    {
        if (!JsonText.Is(JsonMembers.Find(block, "type"u8), "web_search_tool_result"u8)) return StreamStep.Nothing;
        var to = Begin();
        to.Raw("},\"finish_reason\":null}],\"search_results\":["u8);
        CitationMap.WriteResults(ref to, block, any: false);
        to.Byte((byte)']');
        return Finish(ref to);
    }

    private StreamStep End(ReadOnlySpan<byte> delta, ReadOnlySpan<byte> usage)
    {
        _usage.Add(usage);
        var reason = JsonMembers.Find(delta, "stop_reason"u8);
        if (_isFinished || !JsonText.IsText(reason)) return UsageAlone(usage);
        _isFinished = true;
        var to = Begin();

        // An empty text first, so that what follows may begin with a comma.
        to.Raw("\"content\":\"\""u8);
        AnswerMap.WriteRefusal(ref to, delta, reason);
        if (_detailCount > 0)
        {
            to.Raw(",\"reasoning_details\":["u8);
            to.Raw(_details.WrittenSpan);
            to.Byte((byte)']');
        }

        to.Byte((byte)'}');
        FinishReasons.Write(ref to, reason, _calls > 0);
        to.Raw("}]"u8);
        _usage.WriteTier(ref to);
        _usage.Write(ref to);
        return Finish(ref to);
    }

    private StreamStep UsageAlone(ReadOnlySpan<byte> usage)
    {
        if (usage.IsEmpty || !_usage.IsTold) return StreamStep.Nothing;
        var to = new JsonSink(_chunk);
        to.Raw(_head);
        to.Raw("[]"u8);
        _usage.Write(ref to);
        return Finish(ref to);
    }

    private void AddDetail(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature, bool isText)
    {
        if ((text.IsEmpty && signature.IsEmpty) || _details.WrittenCount + text.Length + signature.Length > detailBytesMax) return;
        var to = new JsonSink(_details);
        if (_detailCount > 0) to.Byte((byte)',');
        if (isText) DetailWriter.WriteText(ref to, text, signature, _model, _detailCount++);
        else DetailWriter.WriteEncrypted(ref to, text, _model, _detailCount++);
        to.Flush();
    }

    /// <summary>A chunk up to the inside of its delta.</summary>
    private JsonSink Begin()
    {
        var to = new JsonSink(_chunk);
        to.Raw(_head);
        to.Raw("[{\"index\":0,\"delta\":{"u8);
        return to;
    }

    private static StreamStep EndDelta(ref JsonSink to)
    {
        to.Raw("},\"finish_reason\":null}]"u8);
        return Finish(ref to);
    }

    private static StreamStep Finish(ref JsonSink to)
    {
        to.Byte((byte)'}');
        to.Flush();
        return StreamStep.Chunk;
    }

    /// <summary>What every chunk begins with, up to its choices.</summary>
    private static byte[] HeadOf(ReadOnlySpan<byte> id, ReadOnlySpan<byte> model, long created)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        var to = new JsonSink(buffer);
        to.Raw("{\"id\":"u8);
        to.Raw(id);
        to.Raw(",\"object\":\"chat.completion.chunk\",\"created\":"u8);
        to.Number(created);
        to.Raw(",\"model\":"u8);
        to.Raw(model);
        to.Raw(",\"choices\":"u8);
        to.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
