using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.OpenAi;

/// <summary>
/// Writes the choices of one answer in OpenAI's words where its provider has others (<see cref="AnswerRules"/>). Of a stream one writes all chunks, in
/// their order, since calls without an index are counted.
/// </summary>
internal sealed class ChoiceMap(AnswerRules rules)
{
    // By the choice's index: how many calls it has made, and the id of the last.
    private readonly Dictionary<long, (int Count, string Last)> _calls = [];

    /// <summary>False where the bytes are right as they are.</summary>
    public bool TryWrite(ReadOnlySpan<byte> json, out ReadOnlyMemory<byte> written)
    {
        written = default;
        if (!MayDiffer(json)) return false;
        var buffer = new ArrayBufferWriter<byte>(json.Length + 64);
        var to = new JsonSink(buffer);
        var separator = (byte)'{';
        var members = new JsonMembers(json);
        while (members.Next())
        {
            Name(ref to, ref separator, members.RawName);
            if (members.Is("choices"u8) && JsonText.IsArray(members.Value)) WriteChoices(ref to, members.Value);
            else to.Raw(members.Value);
        }

        if (separator == (byte)'{') return false;
        to.Byte((byte)'}');
        to.Flush();
        written = buffer.WrittenMemory;
        return true;
    }

    private bool MayDiffer(ReadOnlySpan<byte> json)
    {
        if (rules.HasContentParts && json.IndexOf("\"type\""u8) >= 0) return true;
        if (rules.HasBareCalls && json.IndexOf("\"tool_calls\""u8) >= 0) return true;
        foreach (var word in rules.FinishReasons)
            if (json.IndexOf(word.Mark) >= 0) return true;
        return false;
    }

    private void WriteChoices(ref JsonSink to, ReadOnlySpan<byte> choices)
    {
        var items = new JsonItems(choices);
        to.Byte((byte)'[');
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            if (JsonText.IsObject(items.Value)) WriteChoice(ref to, items.Value);
            else to.Raw(items.Value);
        }

        to.Byte((byte)']');
    }

    private void WriteChoice(ref JsonSink to, ReadOnlySpan<byte> choice)
    {
        var index = JsonText.Whole(JsonMembers.Find(choice, "index"u8)) ?? 0;
        var separator = (byte)'{';
        var members = new JsonMembers(choice);
        while (members.Next())
        {
            Name(ref to, ref separator, members.RawName);
            var isPart = members.Is("delta"u8) || members.Is("message"u8);
            if (isPart && JsonText.IsObject(members.Value)) WritePart(ref to, members.Value, index);
            else if (members.Is("finish_reason"u8) && MeaningOf(members.Value) is { } meant) to.Quoted(meant);
            else to.Raw(members.Value);
        }

        to.Raw(separator == (byte)'{' ? "{}"u8 : "}"u8);
    }

    private string? MeaningOf(ReadOnlySpan<byte> reason)
    {
        foreach (var word in rules.FinishReasons)
            if (reason.SequenceEqual(word.Mark)) return word.Meant;
        return null;
    }

    private void WritePart(ref JsonSink to, ReadOnlySpan<byte> part, long choice)
    {
        var separator = (byte)'{';
        var members = new JsonMembers(part);
        while (members.Next())
        {
            if (rules.HasContentParts && members.Is("content"u8) && JsonText.IsArray(members.Value)) WriteContent(ref to, ref separator, members.Value);
            else
            {
                Name(ref to, ref separator, members.RawName);
                if (rules.HasBareCalls && members.Is("tool_calls"u8) && JsonText.IsArray(members.Value)) WriteCalls(ref to, members.Value, choice);
                else to.Raw(members.Value);
            }
        }

        to.Raw(separator == (byte)'{' ? "{}"u8 : "}"u8);
    }

    private static void WriteContent(ref JsonSink to, ref byte separator, ReadOnlySpan<byte> parts)
    {
        if (HasText(parts, "thinking"u8))
        {
            Name(ref to, ref separator, "reasoning"u8);
            WriteText(ref to, parts, "thinking"u8);
        }

        Name(ref to, ref separator, "content"u8);
        WriteText(ref to, parts, "text"u8);
    }

    private static bool HasText(ReadOnlySpan<byte> parts, ReadOnlySpan<byte> kind)
    {
        var items = new JsonItems(parts);
        while (items.Next())
            if (JsonText.Is(JsonMembers.Find(items.Value, "type"u8), kind)) return true;
        return false;
    }

    /// <summary>The texts of all parts of a kind as one string: what stands between quotes can be joined as it is.</summary>
    private static void WriteText(ref JsonSink to, ReadOnlySpan<byte> parts, ReadOnlySpan<byte> kind)
    {
        to.Byte((byte)'"');
        var items = new JsonItems(parts);
        while (items.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(items.Value, "type"u8), kind)) continue;
            var text = JsonMembers.Find(items.Value, kind);
            to.Raw(JsonText.Inner(text));
            var inner = new JsonItems(JsonText.IsArray(text) ? text : default);
            while (inner.Next()) to.Raw(JsonText.Inner(JsonMembers.Find(inner.Value, "text"u8)));
        }

        to.Byte((byte)'"');
    }

    private void WriteCalls(ref JsonSink to, ReadOnlySpan<byte> calls, long choice)
    {
        var items = new JsonItems(calls);
        to.Byte((byte)'[');
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            if (JsonText.IsObject(items.Value)) WriteCall(ref to, items.Value, choice);
            else to.Raw(items.Value);
        }

        to.Byte((byte)']');
    }

    private void WriteCall(ref JsonSink to, ReadOnlySpan<byte> call, long choice)
    {
        var known = _calls.GetValueOrDefault(choice, (0, ""));
        var id = JsonText.Read(JsonMembers.Find(call, "id"u8)) is { Length: > 0 } told && told != "null" ? told : "";
        if (known.Item1 == 0 || (id.Length > 0 && id != known.Item2)) _calls[choice] = known = (known.Item1 + 1, id);

        // A provider's own index stands.
        to.Raw("{\"index\":"u8);
        to.Number(JsonText.Whole(JsonMembers.Find(call, "index"u8)) ?? known.Item1 - 1);
        var hasType = false;
        var separator = (byte)',';
        var members = new JsonMembers(call);
        while (members.Next())
        {
            if (members.Is("index"u8) || members.IsNull || (members.Is("id"u8) && id.Length == 0)) continue;
            hasType |= members.Is("type"u8);
            Name(ref to, ref separator, members.RawName);
            if (members.Is("function"u8) && JsonText.IsObject(members.Value)) WriteFunction(ref to, members.Value);
            else to.Raw(members.Value);
        }

        to.Raw(hasType || id.Length == 0 ? "}"u8 : ",\"type\":\"function\"}"u8);
    }

    private static void WriteFunction(ref JsonSink to, ReadOnlySpan<byte> function)
    {
        var separator = (byte)'{';
        var members = new JsonMembers(function);
        while (members.Next())
        {
            if (members.Is("name"u8) && JsonText.IsNothing(members.Value)) continue;
            Name(ref to, ref separator, members.RawName);
            if (members.Is("arguments"u8) && JsonText.IsObject(members.Value)) to.QuotedText(members.Value);
            else to.Raw(members.Value);
        }

        to.Raw(separator == (byte)'{' ? "{}"u8 : "}"u8);
    }

    private static void Name(ref JsonSink to, ref byte separator, ReadOnlySpan<byte> rawName)
    {
        to.Byte(separator);
        separator = (byte)',';
        to.Byte((byte)'"');
        to.Raw(rawName);
        to.Raw("\":"u8);
    }
}
