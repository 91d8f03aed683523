using Bifrost.Chat.Json;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>Writes messages as items of <c>input</c>, in their order.</summary>
internal static class MessageMap
{
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> messages, MapFindings findings)
    {
        to.Raw(",\"input\":["u8);
        var any = false;
        var items = new JsonItems(messages);
        while (items.Next())
        {
            var role = JsonMembers.Find(items.Value, "role"u8);
            if (JsonText.Is(role, "assistant"u8)) WriteAssistant(ref to, ref any, items.Value, findings);
            else if (JsonText.Is(role, "tool"u8)) WriteResult(ref to, ref any, items.Value, findings);
            else if (JsonText.Is(role, "user"u8) || JsonText.Is(role, "system"u8) || JsonText.Is(role, "developer"u8))
                WriteMessage(ref to, ref any, role, items.Value, findings);
            else findings.Refuse("messages", $"it has no role {JsonText.Shown(role)}");
        }

        to.Byte((byte)']');
    }

    private static void Begin(ref JsonSink to, ref bool any)
    {
        if (any) to.Byte((byte)',');
        any = true;
    }

    private static void WriteMessage(ref JsonSink to, ref bool any, ReadOnlySpan<byte> role, ReadOnlySpan<byte> message, MapFindings findings)
    {
        var content = JsonMembers.Find(message, "content"u8);
        if (content.IsEmpty) return;
        Begin(ref to, ref any);
        to.Raw("{\"type\":\"message\",\"role\":"u8);
        to.Raw(role);
        to.Raw(",\"content\":"u8);
        WriteParts(ref to, content, findings);
        to.Byte((byte)'}');
    }

    private static void WriteParts(ref JsonSink to, ReadOnlySpan<byte> content, MapFindings findings)
    {
        to.Byte((byte)'[');
        if (JsonText.IsText(content))
        {
            to.Raw("{\"type\":\"input_text\",\"text\":"u8);
            to.Raw(content);
            to.Byte((byte)'}');
        }

        var parts = new JsonItems(JsonText.IsArray(content) ? content : default);
        while (parts.Next())
        {
            if (parts.Index > 0) to.Byte((byte)',');
            WritePart(ref to, parts.Value, findings);
        }

        to.Byte((byte)']');
    }

    private static void WritePart(ref JsonSink to, ReadOnlySpan<byte> part, MapFindings findings)
    {
        var type = JsonMembers.Find(part, "type"u8);
        if (JsonText.Is(type, "text"u8))
        {
            to.Raw("{\"type\":\"input_text\""u8);
            RequestMap.Member(ref to, "text"u8, JsonMembers.Find(part, "text"u8));
        }
        else if (JsonText.Is(type, "image_url"u8))
        {
            var image = JsonMembers.Find(part, "image_url"u8);
            to.Raw("{\"type\":\"input_image\""u8);
            RequestMap.Member(ref to, "image_url"u8, JsonText.IsText(image) ? image : JsonMembers.Find(image, "url"u8));
            if (JsonText.IsObject(image) && JsonMembers.Find(image, "detail"u8) is { IsEmpty: false } detail) RequestMap.Member(ref to, "detail"u8, detail);
        }
        else if (JsonText.Is(type, "input_audio"u8))
        {
            to.Raw("{\"type\":\"input_audio\""u8);
            RequestMap.Member(ref to, "input_audio"u8, JsonMembers.Find(part, "input_audio"u8));
        }
        else if (JsonText.Is(type, "file"u8))
        {
            to.Raw("{\"type\":\"input_file\""u8);
            var members = new JsonMembers(JsonMembers.Find(part, "file"u8));
            while (members.Next()) RequestMap.Member(ref to, members.RawName, members.Value);
        }
        else
        {
            findings.Refuse("messages", $"it has no content of type {JsonText.Shown(type)}");
            to.Raw("{"u8);
        }

        if (JsonMembers.Find(part, "prompt_cache_breakpoint"u8) is { IsEmpty: false } point) RequestMap.Member(ref to, "prompt_cache_breakpoint"u8, point);
        to.Byte((byte)'}');
    }

    private static void WriteAssistant(ref JsonSink to, ref bool any, ReadOnlySpan<byte> message, MapFindings findings)
    {
        var calls = JsonMembers.Find(message, "tool_calls"u8);
        var content = JsonMembers.Find(message, "content"u8);
        var refusal = JsonMembers.Find(message, "refusal"u8);
        var says = (!content.IsEmpty && !JsonText.IsNothing(content)) || JsonText.IsText(refusal);

        // Reasoning without what it led to is refused.
        if (says || JsonItems.Count(calls) > 0) WriteReasoning(ref to, ref any, JsonMembers.Find(message, "reasoning_details"u8));
        if (says)
        {
            Begin(ref to, ref any);
            to.Raw("{\"type\":\"message\",\"role\":\"assistant\",\"content\":["u8);
            var has = false;
            if (JsonText.IsText(content) && !JsonText.IsNothing(content)) WriteSaid(ref to, ref has, content, isRefusal: false);
            var parts = new JsonItems(JsonText.IsArray(content) ? content : default);
            while (parts.Next())
            {
                var isRefusal = JsonText.Is(JsonMembers.Find(parts.Value, "type"u8), "refusal"u8);
                WriteSaid(ref to, ref has, JsonMembers.Find(parts.Value, isRefusal ? "refusal"u8 : "text"u8), isRefusal);
            }

            if (JsonText.IsText(refusal)) WriteSaid(ref to, ref has, refusal, isRefusal: true);
            to.Raw("]}"u8);
        }

        if (!JsonMembers.Find(message, "function_call"u8).IsEmpty) findings.Refuse("messages", "it has no function_call; tool_calls are what it has");
        var items = new JsonItems(calls);
        while (items.Next()) WriteCall(ref to, ref any, items.Value);
    }

    private static void WriteSaid(ref JsonSink to, ref bool any, ReadOnlySpan<byte> text, bool isRefusal)
    {
        if (!JsonText.IsText(text)) return;
        Begin(ref to, ref any);
        to.Raw(isRefusal ? "{\"type\":\"refusal\",\"refusal\":"u8 : "{\"type\":\"output_text\",\"annotations\":[],\"text\":"u8);
        to.Raw(text);
        to.Byte((byte)'}');
    }

    private static void WriteReasoning(ref JsonSink to, ref bool any, ReadOnlySpan<byte> details)
    {
        var items = new JsonItems(details);
        while (items.Next())
        {
            var id = JsonMembers.Find(items.Value, "id"u8);
            var data = JsonMembers.Find(items.Value, "data"u8);
            if (!JsonText.Is(JsonMembers.Find(items.Value, "format"u8), "openai-responses-v1"u8) || !JsonText.IsText(id) || !JsonText.IsText(data)) continue;
            Begin(ref to, ref any);
            to.Raw("{\"type\":\"reasoning\",\"summary\":[]"u8);
            RequestMap.Member(ref to, "id"u8, id);
            RequestMap.Member(ref to, "encrypted_content"u8, data);
            to.Byte((byte)'}');
        }
    }

    private static void WriteCall(ref JsonSink to, ref bool any, ReadOnlySpan<byte> call)
    {
        Begin(ref to, ref any);
        var custom = JsonMembers.Find(call, "custom"u8);
        var function = custom.IsEmpty ? JsonMembers.Find(call, "function"u8) : custom;
        to.Raw(custom.IsEmpty ? "{\"type\":\"function_call\""u8 : "{\"type\":\"custom_tool_call\""u8);
        RequestMap.Member(ref to, "call_id"u8, JsonMembers.Find(call, "id"u8) is { IsEmpty: false } id ? id : "\"\""u8);
        var members = new JsonMembers(function);
        while (members.Next()) RequestMap.Member(ref to, members.RawName, members.Value);
        to.Byte((byte)'}');
    }

    private static void WriteResult(ref JsonSink to, ref bool any, ReadOnlySpan<byte> message, MapFindings findings)
    {
        Begin(ref to, ref any);
        to.Raw("{\"type\":\"function_call_output\""u8);
        RequestMap.Member(ref to, "call_id"u8, JsonMembers.Find(message, "tool_call_id"u8) is { IsEmpty: false } id ? id : "\"\""u8);
        to.Raw(",\"output\":"u8);
        var content = JsonMembers.Find(message, "content"u8);
        if (JsonText.IsArray(content)) WriteParts(ref to, content, findings);
        else to.Raw(content.IsEmpty ? "\"\""u8 : content);
        to.Byte((byte)'}');
    }
}
