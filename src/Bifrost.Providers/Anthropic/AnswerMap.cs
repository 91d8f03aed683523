using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>Writes one of Anthropic's messages as a chat completion.</summary>
internal static class AnswerMap
{
    /// <summary>False for what is no message.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="json">One JSON object.</param>
    /// <param name="created">Unix seconds: the provider does not say when it answered.</param>
    public static bool TryWrite(IBufferWriter<byte> buffer, ReadOnlySpan<byte> json, long created)
    {
        if (!JsonText.IsWholeObject(json) || !JsonText.Is(JsonMembers.Find(json, "type"u8), "message"u8)) return false;
        var content = JsonMembers.Find(json, "content"u8);
        var model = JsonMembers.Find(json, "model"u8);
        var reason = JsonMembers.Find(json, "stop_reason"u8);
        var usage = default(UsageMap);
        usage.Add(JsonMembers.Find(json, "usage"u8));

        var to = new JsonSink(buffer);
        to.Raw("{\"id\":"u8);
        to.Raw(Text(JsonMembers.Find(json, "id"u8)));
        to.Raw(",\"object\":\"chat.completion\",\"created\":"u8);
        to.Number(created);
        to.Raw(",\"model\":"u8);
        to.Raw(Text(model));
        to.Raw(",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"u8);
        var hasCalls = Has(content, "tool_use"u8);
        WriteJoined(ref to, content, "text"u8, "text"u8, isNullWhenEmpty: hasCalls);
        WriteRefusal(ref to, json, reason);
        if (Has(content, "thinking"u8))
        {
            to.Raw(",\"reasoning\":"u8);
            WriteJoined(ref to, content, "thinking"u8, "thinking"u8, isNullWhenEmpty: false);
        }

        WriteDetails(ref to, content, model);
        if (hasCalls) WriteCalls(ref to, content);
        WriteCitations(ref to, content, ofWeb: true);
        WriteCitations(ref to, content, ofWeb: false);
        to.Byte((byte)'}');
        if (JsonText.IsText(reason)) FinishReasons.Write(ref to, reason, hasCalls);
        to.Raw("}]"u8);
        WriteResults(ref to, content);
        usage.WriteTier(ref to);
        usage.Write(ref to);
        to.Byte((byte)'}');
        to.Flush();
        return true;
    }

    /// <summary>One call as an item of <c>tool_calls</c>.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="block">The block of the call.</param>
    /// <param name="index">Its place among the calls, for streams; null: none is written.</param>
    /// <param name="hasArguments">Whether the block holds the arguments; else they follow.</param>
    public static void WriteCall(ref JsonSink to, ReadOnlySpan<byte> block, int? index, bool hasArguments)
    {
        to.Byte((byte)'{');
        if (index is { } place)
        {
            to.Raw("\"index\":"u8);
            to.Number(place);
            to.Byte((byte)',');
        }

        to.Raw("\"id\":"u8);
        to.Raw(Text(JsonMembers.Find(block, "id"u8)));
        to.Raw(",\"type\":\"function\",\"function\":{\"name\":"u8);
        to.Raw(Text(JsonMembers.Find(block, "name"u8)));
        to.Raw(",\"arguments\":"u8);
        var input = JsonMembers.Find(block, "input"u8);
        if (!hasArguments) to.Raw("\"\""u8);
        else if (input.IsEmpty) to.Raw("\"{}\""u8);
        else to.QuotedText(input);
        to.Raw("}}"u8);
    }

    /// <summary>The member <c>refusal</c> with a comma before it.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="holder">The object that has <c>stop_details</c>.</param>
    /// <param name="reason">Why the answer ended.</param>
    public static void WriteRefusal(ref JsonSink to, ReadOnlySpan<byte> holder, ReadOnlySpan<byte> reason)
    {
        if (!JsonText.Is(reason, "refusal"u8)) return;
        var explanation = JsonMembers.Find(JsonMembers.Find(holder, "stop_details"u8), "explanation"u8);
        if (!JsonText.IsText(explanation)) return;
        to.Raw(",\"refusal\":"u8);
        to.Raw(explanation);
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value) => JsonText.IsText(value) ? value : "\"\""u8;

    private static bool Has(ReadOnlySpan<byte> content, ReadOnlySpan<byte> type)
    {
        var blocks = new JsonItems(content);
        while (blocks.Next())
            if (JsonText.Is(JsonMembers.Find(blocks.Value, "type"u8), type)) return true;
        return false;
    }

    private static void WriteJoined(
        ref JsonSink to, ReadOnlySpan<byte> content, ReadOnlySpan<byte> type, ReadOnlySpan<byte> member, bool isNullWhenEmpty)
    {
        if (isNullWhenEmpty && !Has(content, type))
        {
            to.Raw("null"u8);
            return;
        }

        to.Byte((byte)'"');
        var blocks = new JsonItems(content);
        while (blocks.Next())
            if (JsonText.Is(JsonMembers.Find(blocks.Value, "type"u8), type)) to.Raw(JsonText.Inner(JsonMembers.Find(blocks.Value, member)));
        to.Byte((byte)'"');
    }

    private static void WriteDetails(ref JsonSink to, ReadOnlySpan<byte> content, ReadOnlySpan<byte> model)
    {
        var count = 0;
        var blocks = new JsonItems(content);
        while (blocks.Next())
        {
            var type = JsonMembers.Find(blocks.Value, "type"u8);
            var isText = JsonText.Is(type, "thinking"u8);
            if (!isText && !JsonText.Is(type, "redacted_thinking"u8)) continue;
            to.Raw(count == 0 ? ",\"reasoning_details\":["u8 : ","u8);
            if (isText)
            {
                DetailWriter.WriteText(
                    ref to,
                    JsonText.Inner(JsonMembers.Find(blocks.Value, "thinking"u8)),
                    JsonText.Inner(JsonMembers.Find(blocks.Value, "signature"u8)),
                    model,
                    count);
            }
            else
            {
                DetailWriter.WriteEncrypted(ref to, JsonText.Inner(JsonMembers.Find(blocks.Value, "data"u8)), model, count);
            }

            count++;
        }

        if (count > 0) to.Byte((byte)']');
    }

    private static void WriteCalls(ref JsonSink to, ReadOnlySpan<byte> content)
    {
        to.Raw(",\"tool_calls\":["u8);
        var any = false;
        var blocks = new JsonItems(content);
        while (blocks.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(blocks.Value, "type"u8), "tool_use"u8)) continue;
            if (any) to.Byte((byte)',');
            any = true;
            WriteCall(ref to, blocks.Value, index: null, hasArguments: true);
        }

        to.Byte((byte)']');
    }

    private static void WriteCitations(ref JsonSink to, ReadOnlySpan<byte> content, bool ofWeb)
    {
        var any = false;
        var end = 0;
        var blocks = new JsonItems(content);
        while (blocks.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(blocks.Value, "type"u8), "text"u8)) continue;
            var start = end;
            end += JsonText.Characters(JsonText.Inner(JsonMembers.Find(blocks.Value, "text"u8)));
            var citations = new JsonItems(JsonMembers.Find(blocks.Value, "citations"u8));
            while (citations.Next())
            {
                if (CitationMap.IsWeb(citations.Value) != ofWeb) continue;
                to.Raw(any ? ","u8 : ofWeb ? ",\"annotations\":["u8 : ",\"citations\":["u8);
                any = true;
                if (ofWeb) CitationMap.WriteAnnotation(ref to, citations.Value, start, end);
                else to.Raw(citations.Value);
            }
        }

        if (any) to.Byte((byte)']');
    }

    private static void WriteResults(ref JsonSink to, ReadOnlySpan<byte> content)
    {
        if (!Has(content, "web_search_tool_result"u8)) return;
        to.Raw(",\"search_results\":["u8);
        var any = false;
        var blocks = new JsonItems(content);
        while (blocks.Next()) any = CitationMap.WriteResults(ref to, blocks.Value, any);
        to.Byte((byte)']');
    }
}
