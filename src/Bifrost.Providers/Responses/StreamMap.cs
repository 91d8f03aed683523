using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>What an event of the stream is.</summary>
internal enum StreamStep
{
    /// <summary>Nothing for the client.</summary>
    Nothing,

    /// <summary>A chunk was written.</summary>
    Chunk,

    /// <summary>A chunk was written, and the answer is whole with it.</summary>
    Last,

    /// <summary>The provider tells of an error.</summary>
    Error,

    /// <summary>A whole response, where an event was due.</summary>
    Whole,
}

/// <summary>
/// Writes the events of a stream as chunks, one at most for an event. What belongs together is told by the place of an item, since some front ends
/// change its id with every event. What pieces have told is not told again by the event that ends them.
/// </summary>
internal sealed class StreamMap
{
    private readonly ArrayBufferWriter<byte> _chunk = new(512);
    private readonly ArrayBufferWriter<byte> _details = new();

    // By the place of the item in the output: its place among the calls, and whether pieces of it were told.
    private readonly Dictionary<long, int> _calls = [];
    private readonly HashSet<long> _told = [];
    private byte[] _head = HeadOf("\"\""u8, "\"\""u8, 0);
    private long _thinking = -1;
    private int _detailCount;
    private bool _hasThought;

    /// <summary>The last chunk, valid until the next event.</summary>
    public ReadOnlyMemory<byte> Chunk => _chunk.WrittenMemory;

    /// <summary>Takes an event's data, one JSON object.</summary>
    public StreamStep Map(ReadOnlySpan<byte> json)
    {
        _chunk.ResetWrittenCount();
        ReadOnlySpan<byte> type = default, delta = default, item = default, response = default, annotation = default, summary = default, text = default;
        var place = -1L;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("type"u8)) type = members.Value;
            else if (members.Is("delta"u8)) delta = members.Value;
            else if (members.Is("item"u8)) item = members.Value;
            else if (members.Is("response"u8)) response = members.Value;
            else if (members.Is("annotation"u8)) annotation = members.Value;
            else if (members.Is("summary_index"u8)) summary = members.Value;
            else if (members.Is("text"u8) || members.Is("refusal"u8)) text = members.Value;
            else if (members.Is("output_index"u8)) place = JsonText.Whole(members.Value) ?? -1;
        }

        if (JsonText.Is(type, "response.output_text.delta"u8)) return Said("content"u8, delta, place);
        if (JsonText.Is(type, "response.function_call_arguments.delta"u8) || JsonText.Is(type, "response.custom_tool_call_input.delta"u8))
            return CallPiece(type, delta, place);
        if (JsonText.Is(type, "response.reasoning_summary_text.delta"u8) || JsonText.Is(type, "response.reasoning_text.delta"u8))
            return Thought(delta, place, JsonText.Whole(summary) ?? 0);
        if (JsonText.Is(type, "response.refusal.delta"u8)) return Said("refusal"u8, delta, place);
        if (JsonText.Is(type, "response.output_text.done"u8)) return _told.Contains(place) ? StreamStep.Nothing : Said("content"u8, text, place);
        if (JsonText.Is(type, "response.refusal.done"u8)) return _told.Contains(place) ? StreamStep.Nothing : Said("refusal"u8, text, place);
        if (JsonText.Is(type, "response.output_item.added"u8)) return Added(item, place);
        if (JsonText.Is(type, "response.output_item.done"u8)) return Ended(item, place);
        if (JsonText.Is(type, "response.output_text.annotation.added"u8)) return Annotated(annotation);
        if (JsonText.Is(type, "response.created"u8)) return Start(response);
        if (JsonText.Is(type, "response.completed"u8) || JsonText.Is(type, "response.incomplete"u8)) return End(response);
        if (JsonText.Is(type, "response.failed"u8) || JsonText.Is(type, "error"u8)) return StreamStep.Error;
        return type.IsEmpty && JsonText.Is(JsonMembers.Find(json, "object"u8), "response"u8) ? StreamStep.Whole : StreamStep.Nothing;
    }

    private StreamStep Start(ReadOnlySpan<byte> response)
    {
        _head = HeadOf(
            ResponseParts.Text(JsonMembers.Find(response, "id"u8)), ResponseParts.Text(JsonMembers.Find(response, "model"u8)),
            JsonText.Whole(JsonMembers.Find(response, "created_at"u8)) ?? 0);
        var to = Begin();
        to.Raw("\"role\":\"assistant\",\"content\":\"\""u8);
        return EndDelta(ref to);
    }

    private StreamStep Said(ReadOnlySpan<byte> member, ReadOnlySpan<byte> text, long place)
    {
        var inner = JsonText.Inner(text);
        if (inner.IsEmpty) return StreamStep.Nothing;
        _told.Add(place);
        return Piece(member, inner);
    }

    private StreamStep Thought(ReadOnlySpan<byte> delta, long place, long part)
    {
        var inner = JsonText.Inner(delta);
        if (inner.IsEmpty) return StreamStep.Nothing;
        var thinking = (place << 16) | part;
        var isNew = _hasThought && thinking != _thinking;
        (_thinking, _hasThought) = (thinking, true);
        var to = Begin();
        to.Raw("\"reasoning\":\""u8);
        if (isNew) to.Raw("\\n\\n"u8);
        to.Raw(inner);
        to.Byte((byte)'"');
        return EndDelta(ref to);
    }

    private StreamStep Added(ReadOnlySpan<byte> item, long place)
    {
        if (!ResponseParts.IsCall(item)) return StreamStep.Nothing;
        var index = _calls.Count;
        _calls[place] = index;
        var to = Begin();
        to.Raw("\"tool_calls\":["u8);
        ResponseParts.WriteCall(ref to, item, index, hasArguments: false);
        to.Byte((byte)']');
        return EndDelta(ref to);
    }

    private StreamStep CallPiece(ReadOnlySpan<byte> type, ReadOnlySpan<byte> delta, long place)
    {
        var inner = JsonText.Inner(delta);
        if (inner.IsEmpty || !_calls.TryGetValue(place, out var index)) return StreamStep.Nothing;
        _told.Add(place);
        return CallPiece(index, JsonText.Is(type, "response.custom_tool_call_input.delta"u8), inner);
    }

    private StreamStep CallPiece(int index, bool isCustom, ReadOnlySpan<byte> inner)
    {
        var to = Begin();
        to.Raw("\"tool_calls\":[{\"index\":"u8);
        to.Number(index);
        to.Raw(isCustom ? ",\"custom\":{\"input\":\""u8 : ",\"function\":{\"arguments\":\""u8);
        to.Raw(inner);
        to.Raw("\"}}]"u8);
        return EndDelta(ref to);
    }

    /// <summary>An item is whole: its reasoning is kept for the end, and what no piece has told is told now.</summary>
    private StreamStep Ended(ReadOnlySpan<byte> item, long place)
    {
        if (JsonText.Is(JsonMembers.Find(item, "type"u8), "reasoning"u8))
        {
            var to = new JsonSink(_details);
            if (ResponseParts.TryWriteDetail(ref to, item, _detailCount)) _detailCount++;
            to.Flush();
            return StreamStep.Nothing;
        }

        if (!ResponseParts.IsCall(item) || _told.Contains(place)) return StreamStep.Nothing;
        _told.Add(place);
        if (!_calls.TryGetValue(place, out var index))
        {
            _calls[place] = index = _calls.Count;
            var to = Begin();
            to.Raw("\"tool_calls\":["u8);
            ResponseParts.WriteCall(ref to, item, index, hasArguments: true);
            to.Byte((byte)']');
            return EndDelta(ref to);
        }

        var isCustom = JsonText.Is(JsonMembers.Find(item, "type"u8), "custom_tool_call"u8);
        var inner = JsonText.Inner(JsonMembers.Find(item, isCustom ? "input"u8 : "arguments"u8));
        return inner.IsEmpty ? StreamStep.Nothing : CallPiece(index, isCustom, inner);
    }

    private StreamStep Annotated(ReadOnlySpan<byte> annotation)
    {
        if (!JsonText.IsObject(annotation)) return StreamStep.Nothing;
        var to = Begin();
        to.Raw("\"annotations\":["u8);
        ResponseParts.WriteAnnotation(ref to, annotation);
        to.Byte((byte)']');
        return EndDelta(ref to);
    }

    private StreamStep End(ReadOnlySpan<byte> response)
    {
        var to = Begin();
        to.Raw("\"content\":\""u8);
        if (_told.Count == 0) WriteUntold(ref to, JsonMembers.Find(response, "output"u8));
        to.Byte((byte)'"');
        if (_detailCount > 0)
        {
            to.Raw(",\"reasoning_details\":["u8);
            to.Raw(_details.WrittenSpan);
            to.Byte((byte)']');
        }

        to.Byte((byte)'}');
        ResponseParts.WriteFinish(ref to, response, _calls.Count > 0);
        to.Raw("}]"u8);
        ResponseParts.WriteEnd(ref to, response);
        to.Byte((byte)'}');
        to.Flush();
        return StreamStep.Last;
    }

    /// <summary>Text that stands in the last event alone.</summary>
    private static void WriteUntold(ref JsonSink to, ReadOnlySpan<byte> output)
    {
        var items = new JsonItems(output);
        while (items.Next())
        {
            var parts = new JsonItems(JsonMembers.Find(items.Value, "content"u8));
            while (parts.Next())
                if (JsonText.Is(JsonMembers.Find(parts.Value, "type"u8), "output_text"u8)) to.Raw(JsonText.Inner(JsonMembers.Find(parts.Value, "text"u8)));
        }
    }

    private StreamStep Piece(ReadOnlySpan<byte> member, ReadOnlySpan<byte> inner)
    {
        var to = Begin();
        to.Byte((byte)'"');
        to.Raw(member);
        to.Raw("\":\""u8);
        to.Raw(inner);
        to.Byte((byte)'"');
        return EndDelta(ref to);
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
        to.Raw("},\"finish_reason\":null}]}"u8);
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
