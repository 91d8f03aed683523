using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>Parts of a response that plain answers and streams have alike.</summary>
internal static class ResponseParts
{
    /// <summary><c>finish_reason</c>, with the provider's own word for it, with a comma before them.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="response">The response with its status.</param>
    /// <param name="hasCalls">Whether it calls tools of the client.</param>
    public static void WriteFinish(ref JsonSink to, ReadOnlySpan<byte> response, bool hasCalls)
    {
        var reason = JsonMembers.Find(JsonMembers.Find(response, "incomplete_details"u8), "reason"u8);
        to.Raw(",\"finish_reason\":"u8);
        if (JsonText.Is(reason, "max_output_tokens"u8)) to.Raw("\"length\""u8);
        else if (JsonText.Is(reason, "content_filter"u8)) to.Raw("\"content_filter\""u8);
        else to.Raw(hasCalls ? "\"tool_calls\""u8 : "\"stop\""u8);
        if (JsonText.IsText(reason)) RequestMap.Member(ref to, "native_finish_reason"u8, reason);
        else if (JsonMembers.Find(response, "status"u8) is { IsEmpty: false } status) RequestMap.Member(ref to, "native_finish_reason"u8, status);
    }

    /// <summary>The usage and the service tier with a comma before them; nothing where they are not told.</summary>
    public static void WriteEnd(ref JsonSink to, ReadOnlySpan<byte> response)
    {
        if (JsonMembers.Find(response, "service_tier"u8) is { IsEmpty: false } tier) RequestMap.Member(ref to, "service_tier"u8, tier);
        var usage = JsonMembers.Find(response, "usage"u8);
        if (!JsonText.IsObject(usage)) return;
        var (input, output) = (JsonText.Whole(JsonMembers.Find(usage, "input_tokens"u8)) ?? 0, JsonText.Whole(JsonMembers.Find(usage, "output_tokens"u8)) ?? 0);
        to.Raw(",\"usage\":{\"prompt_tokens\":"u8);
        to.Number(input);
        to.Raw(",\"completion_tokens\":"u8);
        to.Number(output);
        to.Raw(",\"total_tokens\":"u8);
        to.Number(JsonText.Whole(JsonMembers.Find(usage, "total_tokens"u8)) ?? (input + output));
        if (JsonMembers.Find(usage, "input_tokens_details"u8) is { IsEmpty: false } prompt) RequestMap.Member(ref to, "prompt_tokens_details"u8, prompt);
        if (JsonMembers.Find(usage, "output_tokens_details"u8) is { IsEmpty: false } completion)
            RequestMap.Member(ref to, "completion_tokens_details"u8, completion);
        to.Byte((byte)'}');
    }

    /// <summary>A call of a tool as an item of <c>tool_calls</c>.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="item">The item of the output.</param>
    /// <param name="index">Its place among the calls, for streams; null: none is written.</param>
    /// <param name="hasArguments">Whether the item holds the arguments; else they follow.</param>
    public static void WriteCall(ref JsonSink to, ReadOnlySpan<byte> item, int? index, bool hasArguments)
    {
        to.Byte((byte)'{');
        if (index is { } place)
        {
            to.Raw("\"index\":"u8);
            to.Number(place);
            to.Byte((byte)',');
        }

        to.Raw("\"id\":"u8);
        to.Raw(Text(JsonMembers.Find(item, "call_id"u8)));
        var isCustom = JsonText.Is(JsonMembers.Find(item, "type"u8), "custom_tool_call"u8);
        to.Raw(isCustom ? ",\"type\":\"custom\",\"custom\":{\"name\":"u8 : ",\"type\":\"function\",\"function\":{\"name\":"u8);
        to.Raw(Text(JsonMembers.Find(item, "name"u8)));
        RequestMap.Member(
            ref to, isCustom ? "input"u8 : "arguments"u8, hasArguments ? Text(JsonMembers.Find(item, isCustom ? "input"u8 : "arguments"u8)) : "\"\""u8);
        to.Raw("}}"u8);
    }

    public static bool IsCall(ReadOnlySpan<byte> item)
    {
        var type = JsonMembers.Find(item, "type"u8);
        return JsonText.Is(type, "function_call"u8) || JsonText.Is(type, "custom_tool_call"u8);
    }

    /// <summary>The reasoning item as an entry of <c>reasoning_details</c>, to be sent back; false where it holds nothing to send.</summary>
    public static bool TryWriteDetail(ref JsonSink to, ReadOnlySpan<byte> item, int index)
    {
        var data = JsonMembers.Find(item, "encrypted_content"u8);
        if (!JsonText.IsText(data)) return false;
        if (index > 0) to.Byte((byte)',');
        to.Raw("{\"type\":\"reasoning.encrypted\",\"id\":"u8);
        to.Raw(Text(JsonMembers.Find(item, "id"u8)));
        RequestMap.Member(ref to, "data"u8, data);
        to.Raw(",\"format\":\"openai-responses-v1\",\"index\":"u8);
        to.Number(index);
        to.Byte((byte)'}');
        return true;
    }

    /// <summary>An annotation, nested as chat completions have it.</summary>
    public static void WriteAnnotation(ref JsonSink to, ReadOnlySpan<byte> annotation)
    {
        if (!JsonText.Is(JsonMembers.Find(annotation, "type"u8), "url_citation"u8))
        {
            to.Raw(annotation);
            return;
        }

        to.Raw("{\"type\":\"url_citation\",\"url_citation\":{"u8);
        var any = false;
        var members = new JsonMembers(annotation);
        while (members.Next())
        {
            if (members.Is("type"u8)) continue;
            if (any) to.Byte((byte)',');
            any = true;
            to.Byte((byte)'"');
            to.Raw(members.RawName);
            to.Raw("\":"u8);
            to.Raw(members.Value);
        }

        to.Raw("}}"u8);
    }

    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value) => JsonText.IsText(value) ? value : "\"\""u8;
}
