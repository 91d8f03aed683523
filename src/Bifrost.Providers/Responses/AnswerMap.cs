using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>Writes a response as a chat completion.</summary>
internal static class AnswerMap
{
    /// <summary>False for what is no response that has ended well.</summary>
    public static bool TryWrite(IBufferWriter<byte> buffer, ReadOnlySpan<byte> json)
    {
        if (!JsonText.IsWholeObject(json) || !JsonText.Is(JsonMembers.Find(json, "object"u8), "response"u8)) return false;
        var status = JsonMembers.Find(json, "status"u8);
        if (!JsonText.Is(status, "completed"u8) && !JsonText.Is(status, "incomplete"u8)) return false;
        var output = JsonMembers.Find(json, "output"u8);
        var to = new JsonSink(buffer);
        to.Raw("{\"id\":"u8);
        to.Raw(ResponseParts.Text(JsonMembers.Find(json, "id"u8)));
        to.Raw(",\"object\":\"chat.completion\",\"created\":"u8);
        to.Number(JsonText.Whole(JsonMembers.Find(json, "created_at"u8)) ?? 0);
        RequestMap.Member(ref to, "model"u8, ResponseParts.Text(JsonMembers.Find(json, "model"u8)));
        to.Raw(",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"u8);
        var hasCalls = HasCalls(output);
        WriteSaid(ref to, output, "output_text"u8, "text"u8, isNullWhenEmpty: true);
        to.Raw(",\"refusal\":"u8);
        WriteSaid(ref to, output, "refusal"u8, "refusal"u8, isNullWhenEmpty: true);
        WriteReasoning(ref to, output);
        if (hasCalls) WriteCalls(ref to, output);
        WriteAnnotations(ref to, output);
        to.Byte((byte)'}');
        WriteLogprobs(ref to, output);
        ResponseParts.WriteFinish(ref to, json, hasCalls);
        to.Raw("}]"u8);
        ResponseParts.WriteEnd(ref to, json);
        to.Byte((byte)'}');
        to.Flush();
        return true;
    }

    private static bool HasCalls(ReadOnlySpan<byte> output)
    {
        var items = new JsonItems(output);
        while (items.Next())
            if (ResponseParts.IsCall(items.Value)) return true;
        return false;
    }

    /// <summary>The texts of all parts of a kind, joined: what stands between quotes can be joined as it is.</summary>
    private static void WriteSaid(ref JsonSink to, ReadOnlySpan<byte> output, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> member, bool isNullWhenEmpty)
    {
        var any = false;
        var items = new JsonItems(output);
        while (items.Next())
        {
            var parts = new JsonItems(JsonMembers.Find(items.Value, "content"u8));
            while (parts.Next())
            {
                if (!JsonText.Is(JsonMembers.Find(parts.Value, "type"u8), kind)) continue;
                if (!any) to.Byte((byte)'"');
                any = true;
                to.Raw(JsonText.Inner(JsonMembers.Find(parts.Value, member)));
            }
        }

        if (any) to.Byte((byte)'"');
        else to.Raw(isNullWhenEmpty ? "null"u8 : "\"\""u8);
    }

    /// <summary>The summaries of what it thought, else the thoughts themselves, and the items to be sent back.</summary>
    private static void WriteReasoning(ref JsonSink to, ReadOnlySpan<byte> output)
    {
        var any = false;
        var items = new JsonItems(output);
        while (items.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(items.Value, "type"u8), "reasoning"u8)) continue;
            var told = JsonMembers.Find(items.Value, "summary"u8);
            if (JsonItems.Count(told) == 0) told = JsonMembers.Find(items.Value, "content"u8);
            var parts = new JsonItems(told);
            while (parts.Next())
            {
                to.Raw(any ? "\\n\\n"u8 : ",\"reasoning\":\""u8);
                any = true;
                to.Raw(JsonText.Inner(JsonMembers.Find(parts.Value, "text"u8)));
            }
        }

        if (any) to.Byte((byte)'"');
        var count = 0;
        items = new JsonItems(output);
        while (items.Next())
        {
            if (!JsonText.Is(JsonMembers.Find(items.Value, "type"u8), "reasoning"u8)) continue;
            if (JsonMembers.Find(items.Value, "encrypted_content"u8).IsEmpty) continue;
            if (count == 0) to.Raw(",\"reasoning_details\":["u8);
            if (ResponseParts.TryWriteDetail(ref to, items.Value, count)) count++;
        }

        if (count > 0) to.Byte((byte)']');
    }

    private static void WriteCalls(ref JsonSink to, ReadOnlySpan<byte> output)
    {
        to.Raw(",\"tool_calls\":["u8);
        var any = false;
        var items = new JsonItems(output);
        while (items.Next())
        {
            if (!ResponseParts.IsCall(items.Value)) continue;
            if (any) to.Byte((byte)',');
            any = true;
            ResponseParts.WriteCall(ref to, items.Value, index: null, hasArguments: true);
        }

        to.Byte((byte)']');
    }

    private static void WriteAnnotations(ref JsonSink to, ReadOnlySpan<byte> output)
    {
        var any = false;
        var items = new JsonItems(output);
        while (items.Next())
        {
            var parts = new JsonItems(JsonMembers.Find(items.Value, "content"u8));
            while (parts.Next())
            {
                var annotations = new JsonItems(JsonMembers.Find(parts.Value, "annotations"u8));
                while (annotations.Next())
                {
                    to.Raw(any ? ","u8 : ",\"annotations\":["u8);
                    any = true;
                    ResponseParts.WriteAnnotation(ref to, annotations.Value);
                }
            }
        }

        if (any) to.Byte((byte)']');
    }

    private static void WriteLogprobs(ref JsonSink to, ReadOnlySpan<byte> output)
    {
        var items = new JsonItems(output);
        while (items.Next())
        {
            var parts = new JsonItems(JsonMembers.Find(items.Value, "content"u8));
            while (parts.Next())
            {
                var logprobs = JsonMembers.Find(parts.Value, "logprobs"u8);
                if (JsonItems.Count(logprobs) == 0) continue;
                to.Raw(",\"logprobs\":{\"content\":"u8);
                to.Raw(logprobs);
                to.Raw(",\"refusal\":null}"u8);
                return;
            }
        }
    }
}
