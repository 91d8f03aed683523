using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Anthropic;

/// <summary>An earlier answer: its thinking, its text, its calls, in this order.</summary>
internal static class AssistantMap
{
    public static void Write(
        ref BodyWriter to, ReadOnlySpan<byte> message, int index, string modelName, ClaudeModel model, MapFindings findings, bool isPrefill)
    {
        ReasoningMap.Write(ref to, JsonMembers.Find(message, "reasoning_details"u8), modelName, model);
        var content = JsonMembers.Find(message, "content"u8);
        var cache = JsonMembers.Find(message, "cache_control"u8);
        var calls = JsonMembers.Find(message, "tool_calls"u8);
        var trims = isPrefill && JsonItems.Count(calls) == 0;
        if (JsonText.IsText(content)) WriteText(ref to, content, cache, trims);
        else WriteParts(ref to, content, cache, index, findings, trims);
        var refusal = JsonMembers.Find(message, "refusal"u8);
        if (content.IsEmpty && JsonText.IsText(refusal)) WriteText(ref to, refusal, cache, trims);
        if (!JsonText.IsNothing(JsonMembers.Find(message, "function_call"u8)))
            findings.Drop($"messages[{index}].function_call", "it knows calls as tool_calls alone");
        if (!JsonText.IsNothing(JsonMembers.Find(message, "audio"u8))) findings.Drop($"messages[{index}].audio", "it takes no audio");
        WriteCalls(ref to, calls, index, findings);
    }

    private static void WriteText(ref BodyWriter to, ReadOnlySpan<byte> text, ReadOnlySpan<byte> cache, bool trims)
    {
        if (JsonText.IsBlank(text)) return;
        to.Block();
        if (!trims)
        {
            PartMap.WriteText(ref to, text, cache);
            return;
        }

        // White space at the end of what the answer begins with is refused.
        to.Json.Raw("{\"type\":\"text\",\"text\":\""u8);
        to.Json.Raw(JsonText.TrimEnd(JsonText.Inner(text)));
        to.Json.Byte((byte)'"');
        to.Breakpoint(cache);
        to.Json.Byte((byte)'}');
    }

    private static void WriteParts(
        ref BodyWriter to, ReadOnlySpan<byte> content, ReadOnlySpan<byte> cache, int index, MapFindings findings, bool trims)
    {
        var last = JsonItems.Count(content) - 1;
        var parts = new JsonItems(content);
        while (parts.Next())
        {
            var text = ContentText.Of(parts.Value);
            if (!JsonText.IsText(text))
            {
                findings.Drop($"messages[{index}].content[{parts.Index}]", "an earlier answer holds text and calls alone");
                continue;
            }

            var own = JsonMembers.Find(parts.Value, "cache_control"u8);
            WriteText(ref to, text, own.IsEmpty && parts.Index == last ? cache : own, trims && parts.Index == last);
        }
    }

    private static void WriteCalls(ref BodyWriter to, ReadOnlySpan<byte> calls, int index, MapFindings findings)
    {
        var items = new JsonItems(calls);
        while (items.Next())
        {
            var function = JsonMembers.Find(items.Value, "function"u8);
            var name = JsonMembers.Find(function, "name"u8);
            var param = $"messages[{index}].tool_calls[{items.Index}]";
            if (!JsonText.IsText(name))
            {
                findings.Drop(param, "it knows calls of functions alone");
                continue;
            }

            to.Block();
            to.Json.Raw("{\"type\":\"tool_use\",\"id\":"u8);
            ToolIds.Write(ref to.Json, JsonMembers.Find(items.Value, "id"u8));
            to.Json.Raw(",\"name\":"u8);
            to.Json.Raw(name);
            to.Json.Raw(",\"input\":"u8);
            CallArguments.Write(ref to.Json, JsonMembers.Find(function, "arguments"u8), param + ".function.arguments", findings);
            to.Breakpoint(JsonMembers.Find(items.Value, "cache_control"u8));
            to.Json.Byte((byte)'}');
        }
    }
}
